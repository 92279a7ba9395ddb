// JSON answers that are lists: made in slices, so that a large page does not hold up other requests, and written with
// back-pressure. The answer has a length, so a client can see that one was cut off.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Response } from 'express';
import type { ReservedAnswer } from './answer-budget.ts';
import { isGone } from './on-answer-over.ts';
import { writeDrained } from './write-drained.ts';

/** Bytes of JSON that are made and written before other requests get their turn: about a millisecond. */
export const SLICE_BYTES = 65_536;

/** Ends the answer with the rows as a JSON array; what else it says must be set before. */
export async function answerList<Row>(
  res: Response,
  { rows, present, reservation }: ListAnswer<Row>,
): Promise<void> {
  const chunks: Buffer[] = [];
  let length = 0;
  for (const chunk of slice(rows, present)) {
    chunks.push(chunk);
    length += chunk.length;
    if (chunk.length >= SLICE_BYTES) await (reservation?.nextTurn() ?? nextTurn());
    if (isGone(res)) return;
  }
  reservation?.resize(length);
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  res.setHeader('Content-Length', length);
  const last = chunks.pop();
  for (const chunk of chunks) if (!(await writeDrained(res, chunk))) return;
  res.end(last);
}

export interface ListAnswer<Row> {
  readonly rows: readonly Row[];
  /** Absent where nothing was reserved, of an empty list. */
  readonly reservation?: ReservedAnswer | undefined;
  present(row: Row): object;
}

function* slice<Row>(rows: readonly Row[], present: (row: Row) => object): Generator<Buffer> {
  let text = '[';
  for (const [at, row] of rows.entries()) {
    text += `${at === 0 ? '' : ','}${JSON.stringify(present(row))}`;
    if (text.length < SLICE_BYTES) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(`${text}]`);
}
