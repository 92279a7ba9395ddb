// POST /api/appointments/batch?atomic=true: one request that is granted as a whole or not at all, and answered as
// any single write is.

import { parseAtomicBatch } from '@slotline/contract';
import { BATCH_WISHES_MAX } from '@slotline/core';
import type { Request, Response } from 'express';
import { namesOtherOrg, noSuchOrg, withOwnOrg } from '../access/parse-for-org.ts';
import { principalOf } from '../access/principal.ts';
import { mapInSlices } from '../http/map-in-slices.ts';
import { invalidRequest } from '../http/parse-or-refuse.ts';
import { orgOf } from '../admission/org-of.ts';
import { ProblemError } from '../http/problem-error.ts';
import { batchBody } from '../http/read-body.ts';
import { submitAtomicBatch } from '../intake/submission.ts';
import type { ApiContext } from '../api-context.ts';
import { answerWrite } from './answer-write.ts';

/** One bad item refuses them all: nothing is enqueued, and every bad field of every item is named. */
export async function bookAtomicBatch(
  context: ApiContext,
  { req, res, callbackUrl }: { req: Request; res: Response; callbackUrl: string | undefined },
): Promise<void> {
  const principal = principalOf(req);
  const { texts, parse } = batchBody(req, BATCH_WISHES_MAX);
  const items = await mapInSlices(texts, {
    map: (text, at) => readItem(parse(text, at)),
    nextTurn: () => context.admission.turn(orgOf(principal)),
  });
  if (items.some((item) => namesOtherOrg(principal, item))) throw noSuchOrg();
  const parsed = parseAtomicBatch(items.map((item) => withOwnOrg(principal, item)));
  if (parsed.kind === 'invalid') throw invalidRequest(parsed);
  const batch = { ...parsed.value, callbackUrl };
  await answerWrite(context, { req, res, submit: (arrival) => submitAtomicBatch(batch, arrival) });
}

// A line that is not JSON is named beside the faults of the other items.
function readItem(item: unknown): unknown {
  if (!(item instanceof ProblemError)) return item;
  if (item.code === 'malformed-json') return undefined;
  throw item;
}
