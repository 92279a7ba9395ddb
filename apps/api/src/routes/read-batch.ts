// Reads the items of a batch in slices, so that other organisations are served in between, and one large
// batch of an organisation at a time.

import type { Request } from 'express';
import { orgOf } from '../admission/org-of.ts';
import { SMALL_BODY_BYTES } from '../admission/body-budget.ts';
import type { ApiContext } from './api-context.ts';
import { principalOf } from '../access/principal.ts';
import { mapInSlices } from '../http/map-in-slices.ts';
import { batchBody, giveBack } from '../http/read-body.ts';

export interface BatchReading<T> {
  readonly itemsMax: number;
  /** `value` is parsed JSON, or the problem of a line that is not JSON. */
  read(value: unknown, at: number): T;
}

/** Throws a `ProblemError` unless there are 1 to `itemsMax` items. */
export async function readBatch<T>(
  context: Pick<ApiContext, 'admission' | 'takeBatchTurn'>,
  req: Request,
  { itemsMax, read }: BatchReading<T>,
): Promise<T[]> {
  const orgId = orgOf(principalOf(req));
  const nextTurn = () => context.admission.turn(orgId);
  const readAll = () => {
    const { texts, parse } = batchBody(req, itemsMax);
    return mapInSlices(texts, { map: (text, at) => read(parse(text, at), at), nextTurn });
  };
  const body: unknown = req.body;
  if (!Buffer.isBuffer(body) || body.length <= SMALL_BODY_BYTES) return readAll();
  return context.takeBatchTurn(orgId, async () => {
    try {
      // Many bodies may have arrived in one turn of the event loop.
      await nextTurn();
      return await readAll();
    } finally {
      giveBack(body);
    }
  });
}
