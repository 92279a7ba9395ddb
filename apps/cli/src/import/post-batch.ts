// Sends one POST of one batch; it does not interpret the response. A POST without a response is `lost`.
// Refused, reset and timed-out connections are one case, because none of them shows what the service did.

import { Pool } from 'undici';
import type { RawAnswer } from './batch-answer.ts';
import type { ImportLimits } from './import-limits.ts';

export type PostResult =
  ({ readonly kind: 'answered' } & RawAnswer) | { readonly kind: 'lost'; readonly reason: string };

export interface PostBatch {
  (post: { readonly key: string; readonly body: string; readonly signal: AbortSignal }): Promise<PostResult>;
}

export interface BatchRoute {
  readonly post: PostBatch;
  close(): Promise<void>;
}

/** Keeps `connections` alive to one service; an org uses one of them while its batch is in flight. */
export function openBatchRoute(settings: {
  readonly url: URL;
  readonly key?: string;
  readonly connections: number;
  readonly limits: ImportLimits;
}): BatchRoute {
  const { url, key, connections, limits } = settings;
  const answerMs = limits.waitSeconds * 1000 + limits.answerGraceMs;
  const pool = new Pool(url.origin, {
    connections,
    pipelining: 1,
    headersTimeout: answerMs,
    bodyTimeout: answerMs,
    connect: { timeout: limits.connectTimeoutMs },
  });
  const path = `${url.pathname.replace(/\/+$/, '')}/api/appointments/batch`;
  const headers = {
    'content-type': 'application/json',
    prefer: `wait=${limits.waitSeconds}`,
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
  };
  const post: PostBatch = ({ key: idempotencyKey, body, signal }) =>
    postOnce(pool, {
      ...{ path, method: 'POST', body, signal },
      headers: { ...headers, 'idempotency-key': idempotencyKey },
    });
  return { post, close: () => pool.destroy() };
}

async function postOnce(pool: Pool, request: Parameters<Pool['request']>[0]): Promise<PostResult> {
  try {
    const answer = await pool.request(request);
    return {
      kind: 'answered',
      status: answer.statusCode,
      retryAfter: single(answer.headers['retry-after']),
      isReplayed: single(answer.headers['idempotent-replayed']) === 'true',
      body: await answer.body.text(),
    };
  } catch (error) {
    return { kind: 'lost', reason: describeLoss(error) };
  }
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function describeLoss(error: unknown): string {
  if (!(error instanceof Error)) return 'no connection';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return error.message === '' ? code : `${code}: ${error.message}`;
}
