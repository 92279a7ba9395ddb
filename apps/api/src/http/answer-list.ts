// JSON answers that are lists: serialized in slices, so that a large page does not delay other requests, and
// written with back-pressure. The answer has a Content-Length, so a client can detect truncation.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Response } from 'express';
import type { Reservation } from './byte-budget.ts';
import { isGone } from './on-answer-over.ts';
import { writeDrained } from './write-drained.ts';

/** Bytes of JSON that are serialized and written before other requests get a turn: about a millisecond. */
export const SLICE_BYTES = 65_536;

/** A reservation for an answer that is made in slices. */
export interface ReservedAnswer extends Reservation {
  /** Resolves when the next slice may be made. */
  nextTurn(): Promise<void>;
}

/** Ends the answer with the rows as a JSON array; other headers must be set before. */
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
  /** Absent for an empty list, which reserves nothing. */
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
