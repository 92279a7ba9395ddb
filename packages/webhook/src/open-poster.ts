/**
 * The one place that posts to the outside.
 */
import type { Answer } from './answer.ts';
import type { AddressPolicy } from './refuse-url.ts';
import { openHostResolver, type HostResolver } from './resolve-host.ts';

export interface PosterOptions {
  readonly policy: AddressPolicy;
  /** For everything together: DNS, connecting, TLS, sending, reading. Default 15 s. */
  readonly timeoutMs?: number;
  /** Bytes of an answer's body that are read; the connection is destroyed beyond. Default 64 KiB. */
  readonly bytesMax?: number;
  /** Default: the name servers of the machine. For tests. */
  readonly resolver?: HostResolver;
  readonly userAgent?: string;
}

export interface Post {
  readonly url: string;
  /** Sent as they are, beside `content-type: application/json`, `user-agent` and what HTTP needs. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Ends the post at once, as `failed` with the reason `connection`. */
  readonly signal?: AbortSignal;
}

export interface Poster {
  /** Never rejects: whatever happens is an answer. */
  post(post: Post): Promise<Answer>;
  /** Ends what is under way, and resolves when no socket and no timer is left. Posts that come later fail. */
  close(): Promise<void>;
}

export function openPoster({ resolver = openHostResolver() }: PosterOptions): Poster {
  return {
    post: () =>
      Promise.resolve({ kind: 'failed', reason: 'connection', detail: 'not written yet', tookMs: 0 }),
    close: async () => resolver.cancel?.(),
  };
}
