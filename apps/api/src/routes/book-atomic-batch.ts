// POST /api/appointments/batch?atomic=true: one request that is granted completely or not at all, and
// answered like any single write.

import { readAtomicItem, toAtomicBatch } from '@slotline/contract';
import { BATCH_WISHES_MAX } from '@slotline/core';
import type { Request, Response } from 'express';
import { namesOtherOrg, noSuchOrg, withOwnOrg } from '../access/parse-for-org.ts';
import { principalOf } from '../access/principal.ts';
import type { ApiContext } from './api-context.ts';
import { idempotencyKeyOf, invalidRequest } from '../http/parse-or-refuse.ts';
import { ProblemError } from '../http/problem-error.ts';
import { BatchFingerprint } from '../intake/fingerprint.ts';
import { ask, submitAtomicBatch } from '../intake/submission.ts';
import { answerWrite } from './write-appointment.ts';
import { readBatch } from './read-batch.ts';

/** One bad item refuses the batch: nothing is enqueued, and every bad field of every item is named. */
export async function bookAtomicBatch(
  context: ApiContext,
  { req, res, callbackUrl }: { req: Request; res: Response; callbackUrl: string | undefined },
): Promise<void> {
  const principal = principalOf(req);
  const isKeyed = idempotencyKeyOf(req) !== undefined;
  const print = new BatchFingerprint(callbackUrl);
  const items = await readBatch(context, req, {
    itemsMax: BATCH_WISHES_MAX,
    read: (value) => {
      const input = valueOf(value);
      const read = readAtomicItem(withOwnOrg(principal, input));
      if (isKeyed && read.item !== undefined) print.add(ask(read.item));
      return { ...read, isForeign: namesOtherOrg(principal, input) };
    },
  });
  if (items.some(({ isForeign }) => isForeign)) throw noSuchOrg();
  const batch = toAtomicBatch(items);
  if (batch.kind === 'invalid') throw invalidRequest(batch);
  const asked = { ...batch.value, callbackUrl, fingerprint: () => print.end() };
  await answerWrite(context, { req, res, submit: (arrival) => submitAtomicBatch(asked, arrival) });
}

// A line that is not JSON is listed with the errors of the other items.
function valueOf(item: unknown): unknown {
  if (!(item instanceof ProblemError)) return item;
  if (item.code === 'malformed-json') return undefined;
  throw item;
}
