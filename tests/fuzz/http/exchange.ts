// One HTTP request as it goes out and the answer as it came back, free of any client's opinion.

export type Header = readonly [name: string, value: string];

export interface HttpRequest {
  /** `http://host:port`. */
  readonly origin: string;
  readonly method: string;
  /** Path and query exactly as they stand in the request line. */
  readonly target: string;
  readonly headers: readonly Header[];
  readonly body?: Buffer;
  /** Everything above as bytes of one's own, where a well-behaved client would not send it. */
  readonly bytes?: Buffer;
}

export interface Answer {
  readonly status: number;
  /** By lower-case name; several of one name are joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly tookMs: number;
}

/** What became of a request: the answers in their order, or why there is none. */
export type Reply =
  | { readonly kind: 'answered'; readonly answers: readonly [Answer, ...Answer[]] }
  /** The connection was ended without a word, which may be right for what is no HTTP. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'timed-out' };

/** The media type alone, in lower case; empty when there is none. */
export function typeOf({ headers }: Answer): string {
  return (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}
