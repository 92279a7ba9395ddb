// Writes the refusal of a request with an unread body: a problem document serialized at startup, in which
// only the trace id is replaced. Node discards the body as it arrives, so the connection stays usable.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ProblemCode } from '@slotline/contract';
import { ANSWER_HEADERS } from '../http/secure-headers.ts';
import { toProblem } from '../http/problem-error.ts';
import { traceIdOnceOf } from '../http/trace-id.ts';

/** Why a request is refused before it is processed. */
const REFUSAL_REASONS = ['busy', 'memory', 'redis-away'] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

interface Refusal {
  readonly code: ProblemCode;
  readonly detail: string;
}

const NOTHING_TAKEN = 'Nothing was enqueued. Send it again after Retry-After seconds.';

const REFUSALS: Readonly<Record<RefusalReason, Refusal>> = {
  busy: {
    code: 'overloaded',
    detail: `This process has more requests under way than it can answer in time. ${NOTHING_TAKEN}`,
  },
  memory: { code: 'overloaded', detail: `The queue's memory is nearly full. ${NOTHING_TAKEN}` },
  'redis-away': { code: 'unavailable', detail: `The queue cannot be reached. ${NOTHING_TAKEN}` },
};

const COMMON_HEADERS = [...ANSWER_HEADERS.flat(), 'Content-Type', 'application/problem+json; charset=utf-8'];

/** Placeholder for the trace id, with the same length. */
const PLACEHOLDER = '0'.repeat(32);

interface Prewritten {
  readonly before: string;
  readonly after: string;
  readonly length: string;
}

const DOCUMENTS = new Map(REFUSAL_REASONS.map((reason) => [reason, prewrite(REFUSALS[reason])]));

/** `isLast`: the process is stopping, so the connection closes after this answer. */
export function refuseAtOnce(
  { req, res }: { req: IncomingMessage; res: ServerResponse },
  { reason, retryAfterS, isLast }: { reason: RefusalReason; retryAfterS: number; isLast: boolean },
): void {
  const document = DOCUMENTS.get(reason);
  if (document === undefined) throw new Error(`no document for ${reason}`);
  // Alternating names and values: the form that Node takes without conversion.
  const headers = [...COMMON_HEADERS, 'Content-Length', document.length, 'Retry-After', String(retryAfterS)];
  if (isLast) headers.push('Connection', 'close');
  res.writeHead(503, headers);
  res.end(document.before + traceIdOnceOf(req) + document.after);
}

function prewrite({ code, detail }: Refusal): Prewritten {
  const text = JSON.stringify(toProblem(code, { detail }, PLACEHOLDER));
  const [before = '', after = ''] = text.split(PLACEHOLDER);
  return { before, after, length: String(Buffer.byteLength(text)) };
}
