// Writes the refusal of a request that was not looked at: a prewritten problem document, in which only the trace id is
// new. The body is not read by anybody; Node throws it away as it comes, so the connection can be used on.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ProblemCode } from '@slotline/contract';
import { ANSWER_HEADERS } from '../http/secure-headers.ts';
import { toProblem } from '../http/problem-error.ts';
import { traceIdOnceOf } from '../http/trace-id.ts';
import { SHED_REASONS, type Shed, type ShedReason } from './shedder.ts';

interface Refusal {
  readonly code: ProblemCode;
  readonly detail: string;
}

const NOTHING_TAKEN = 'Nothing of the request was looked at, and nothing was enqueued.';

export const REFUSALS: Readonly<Record<ShedReason, Refusal>> = {
  'event-loop': { code: 'overloaded', detail: `This process has more to do than it can. ${NOTHING_TAKEN}` },
  'in-flight': { code: 'overloaded', detail: `Too many writes are under way. ${NOTHING_TAKEN}` },
  memory: {
    code: 'overloaded',
    detail: `There is hardly room for more undecided requests. ${NOTHING_TAKEN}`,
  },
  'redis-away': { code: 'unavailable', detail: `No write can be taken right now. ${NOTHING_TAKEN}` },
};

const COMMON_HEADERS = [...ANSWER_HEADERS.flat(), 'Content-Type', 'application/problem+json; charset=utf-8'];

/** Stands for the trace id, whose length it has. */
const PLACEHOLDER = '0'.repeat(32);

interface Prewritten {
  readonly before: string;
  readonly after: string;
  readonly length: string;
}

const DOCUMENTS = new Map(SHED_REASONS.map((reason) => [reason, prewrite(REFUSALS[reason])]));

/** `isLast`: the process is stopping, so the connection ends with this answer. */
export function refuseAtOnce(
  { req, res }: { req: IncomingMessage; res: ServerResponse },
  { reason, retryAfterS, isLast }: Shed & { readonly isLast: boolean },
): void {
  const document = DOCUMENTS.get(reason);
  if (document === undefined) throw new Error(`no document for ${reason}`);
  // Names and values in turn: the form that Node takes as it is.
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
