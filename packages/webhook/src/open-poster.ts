/**
 * The only place that posts to external hosts. Each post has its own connection, checked while it is established and
 * destroyed after the response, and one deadline for everything. A misbehaving receiver costs a post its time but does
 * not affect the process: no rejection, no redirect, no retry, nothing kept.
 */
import type { Answer } from './answer.ts';
import { dial, type Stage } from './dial.ts';
import { exchange, type Exchanged } from './exchange.ts';
import { PostError, toPostError } from './post-error.ts';
import { toPrintable } from './printable.ts';
import { refuseUrl, type AddressPolicy } from './refuse-url.ts';
import { openHostResolver, type HostResolver } from './resolve-host.ts';
import { parseRetryAfter } from './retry-after.ts';

export interface PosterOptions {
  readonly policy: AddressPolicy;
  /**
   * For everything together: DNS, connecting, TLS, sending, reading. Shorter: slow receivers get facts twice.
   * Longer: hanging ones hold more posts at once; the lease of a delivery has to be longer still. Default 15 s.
   */
  readonly timeoutMs?: number;
  /** Bytes of an answer's body that are read; the connection is destroyed beyond. Default 64 KiB. */
  readonly bytesMax?: number;
  /** Default: the name servers of the machine. For tests. */
  readonly resolver?: HostResolver;
  /** Default `Slotline-Webhooks/1`. */
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
  /** Never rejects: whatever happens is an answer. The receiver may have taken a post that failed. */
  post(post: Post): Promise<Answer>;
  /** Ends what is under way, and resolves when no socket and no timer of it is left. Posts that come later fail. */
  close(): Promise<void>;
}

/** Opens nothing yet: connections are made by posts. */
export function openPoster(options: PosterOptions): Poster {
  const resolver = options.resolver ?? openHostResolver();
  const underWay = new Map<AbortController, Promise<unknown>>();
  let isClosed = false;
  return {
    post: async (post) => {
      const startedAt = performance.now();
      const controller = new AbortController();
      if (isClosed) controller.abort(new PostError('connection', 'stopped'));
      const posting = postOnce(post, { ...options, resolver, controller });
      underWay.set(controller, posting);
      try {
        return toAnswer(await posting, tookMs(startedAt));
      } catch (error) {
        const { reason, message } = toPostError(error);
        return { kind: 'failed', reason, detail: message, tookMs: tookMs(startedAt) };
      } finally {
        underWay.delete(controller);
      }
    },
    close: async () => {
      isClosed = true;
      for (const controller of underWay.keys()) controller.abort(new PostError('connection', 'stopped'));
      await Promise.allSettled(underWay.values());
      resolver.cancel?.();
    },
  };
}

function tookMs(startedAt: number): number {
  return Math.round(performance.now() - startedAt);
}

interface Posting extends PosterOptions {
  readonly resolver: HostResolver;
  readonly controller: AbortController;
}

async function postOnce(post: Post, posting: Posting): Promise<Exchanged> {
  const { policy, resolver, controller, timeoutMs = 15_000, bytesMax = 65_536 } = posting;
  const { signal } = controller;
  const refusal = refuseUrl(post.url, policy);
  if (refusal !== undefined) throw new PostError('refused-address', refusal);
  const url = new URL(post.url);
  let stage: Stage = 'looking up the name';
  const onStage = (next: Stage): void => void (stage = next);
  const timer = setTimeout(() => controller.abort(overdue(timeoutMs, stage)), timeoutMs);
  const onStop = (): void => controller.abort(new PostError('connection', 'stopped'));
  post.signal?.addEventListener('abort', onStop);
  if (post.signal?.aborted) onStop();
  let dialling: Promise<unknown> = Promise.resolve();
  try {
    signal.throwIfAborted();
    return await exchange({
      url,
      headers: headersOf(post, posting),
      body: post.body,
      bytesMax,
      signal,
      dial: () => {
        const dialled = dial(url, { policy, resolver, signal, onStage });
        dialling = dialled;
        return dialled;
      },
      onHead: () => onStage('reading the answer'),
    });
  } finally {
    clearTimeout(timer);
    post.signal?.removeEventListener('abort', onStop);
    // Destroys the connection in any phase.
    controller.abort();
    await Promise.allSettled([dialling]);
  }
}

function overdue(timeoutMs: number, stage: Stage): PostError {
  if (stage === 'looking up the name')
    return new PostError('dns', `the name was not looked up within ${timeoutMs / 1_000} s`);
  return new PostError('timeout', `not done after ${timeoutMs / 1_000} s: ${stage}`);
}

function headersOf(
  { headers }: Post,
  { userAgent = 'Slotline-Webhooks/1' }: Posting,
): Record<string, string> {
  return {
    'content-type': 'application/json',
    'user-agent': userAgent,
    accept: '*/*',
    'accept-encoding': 'identity',
    ...headers,
  };
}

function toAnswer({ status, retryAfter, bytes }: Exchanged, tookMs: number): Answer {
  const retryAfterMs = parseRetryAfter(retryAfter, new Date());
  return {
    kind: 'answered',
    status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    body: toPrintable(bytes),
    tookMs,
  };
}
