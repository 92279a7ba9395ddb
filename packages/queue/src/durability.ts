/** How Redis is set up to keep what it acknowledged. Settings it would not tell are left out. */
export interface Durability {
  readonly appendonly?: string;
  readonly appendfsync?: string;
  readonly noAppendfsyncOnRewrite?: string;
  readonly maxmemoryPolicy?: string;
  readonly maxmemory?: string;
  /** True when an acknowledged item survives power loss; `unknown` when CONFIG is refused. */
  readonly isDurable: boolean | 'unknown';
}
