// The mailbox's own format: an accepted request must come out of it as it went in, and a shape that this
// build does not know must be refused, never guessed.

import { describe, expect, it } from '@jest/globals';
import {
  BATCH_WISHES_MAX,
  INSTANT_MAX,
  type Batch,
  type Expire,
  type Instant,
  type Wish,
} from '@slotline/core';
import fc from 'fast-check';
import { appointmentIdOf, JOB_VERSIONS, readJob, writeJob, type Job } from './job.ts';

const instant = fc.integer({ min: 0, max: INSTANT_MAX }).map((ms) => ms as Instant);
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }).filter((one) => one.isWellFormed()),
);
const callback = fc
  .option(fc.webUrl(), { nil: undefined })
  .map((callbackUrl) => (callbackUrl === undefined ? {} : { callbackUrl }));
const appointmentId = text;
const book = fc
  .record({
    appointmentId,
    resourceId: text,
    start: instant,
    end: instant,
    createdAt: instant,
    updatedAt: instant,
    heldUntil: fc.option(instant),
    metadata: fc.option(fc.json()),
  })
  .map((own): Wish => ({ operation: 'book', ...own }));
const cancel = fc
  .record({ appointmentId, updatedAt: instant })
  .map((own): Wish => ({ operation: 'cancel', ...own }));
const confirm = fc.record({ appointmentId }).map((own): Wish => ({ operation: 'confirm', ...own }));
const wish = fc.oneof(book, cancel, confirm);
const expire = fc
  .record({ appointmentId, version: fc.integer({ min: 1 }) })
  .map((own): Expire => ({ operation: 'expire', ...own }));
const batch = fc
  .uniqueArray(wish, { selector: (one) => one.appointmentId, minLength: 1, maxLength: BATCH_WISHES_MAX })
  .map((wishes): Batch => ({ operation: 'batch', wishes }));

const job = fc
  .tuple(fc.oneof(wish, expire, batch), instant, callback)
  .map(([asked, acceptedAt, url]): Job => ({ ...asked, acceptedAt, ...url }));

const BOOK = { v: 1, op: 'book', appt: 'a', res: 'r', start: 1, end: 2, created: 0, updated: 0, at: 0 };
const CANCEL = { v: 1, op: 'cancel', appt: 'a', updated: 0, at: 0 };
const HOLD = { ...BOOK, v: 2, held: 9 };
const CONFIRM = { v: 2, op: 'confirm', appt: 'a', at: 0 };
const EXPIRE = { v: 2, op: 'expire', appt: 'a', version: 3, at: 0 };
const { v: _v, at: _at, ...WISH } = BOOK;
const BATCH = {
  v: 2,
  op: 'batch',
  at: 0,
  items: [WISH, { op: 'cancel', appt: 'b', updated: 5 }, { op: 'confirm', appt: 'c' }],
};

describe('a job', () => {
  it('comes out of the mailbox as it went in', () => {
    fc.assert(
      fc.property(job, (one) => {
        expect(readJob(JSON.stringify(writeJob(one)))).toEqual(one);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is written in the shape that is already in mailboxes', () => {
    expect(readJob(JSON.stringify(BOOK))).toEqual({
      operation: 'book',
      appointmentId: 'a',
      resourceId: 'r',
      start: 1,
      end: 2,
      createdAt: 0,
      updatedAt: 0,
      acceptedAt: 0,
      heldUntil: null,
      metadata: null,
    });
    for (const entry of [BOOK, CANCEL, HOLD, CONFIRM, EXPIRE, BATCH]) {
      expect(JSON.parse(JSON.stringify(writeJob(readJob(JSON.stringify(entry)))))).toEqual(entry);
      expect(JOB_VERSIONS).toContain(entry.v);
    }
  });

  it('is about the appointment that it names, and a batch is about none alone', () => {
    const about = [BOOK, CANCEL, HOLD, CONFIRM, EXPIRE, BATCH].map((entry) =>
      appointmentIdOf(readJob(JSON.stringify(entry))),
    );
    expect(about).toEqual(['a', 'a', 'a', 'a', 'a', '']);
  });

  it.each<[string, unknown]>([
    ['a later version', { ...BOOK, v: 3 }],
    ['no version', { ...BOOK, v: undefined }],
    ['another operation', { ...BOOK, op: 'move' }],
    ['a field of tomorrow', { ...BOOK, colour: 'red' }],
    ['a missing field', { ...BOOK, end: undefined }],
    ['a time that is no instant', { ...BOOK, start: 1.5 }],
    ['a time before 1970', { ...BOOK, start: -1 }],
    ['a time after 9999', { ...BOOK, end: INSTANT_MAX + 1 }],
    ['a booking’s field on a cancellation', { ...CANCEL, res: 'r' }],
    ['a hold in the shape of before', { ...BOOK, held: 9 }],
    ['a plain booking in the shape of today', { ...BOOK, v: 2 }],
    ['a confirmation in the shape of before', { ...CONFIRM, v: 1 }],
    ['a time on a confirmation', { ...CONFIRM, updated: 0 }],
    ['an expiry of no version', { ...EXPIRE, version: 0 }],
    ['an empty batch', { ...BATCH, items: [] }],
    ['a batch in the shape of before', { ...BATCH, v: 1 }],
    ['a batch of one appointment twice', { ...BATCH, items: [WISH, { op: 'confirm', appt: 'a' }] }],
    ['an expiry in a batch', { ...BATCH, items: [{ op: 'expire', appt: 'a', version: 1 }] }],
    ['an item with a callback', { ...BATCH, items: [{ ...WISH, callback: 'https://example.com/' }] }],
    [
      'a batch that is too large',
      {
        ...BATCH,
        items: Array.from({ length: BATCH_WISHES_MAX + 1 }, (_, n) => ({ op: 'confirm', appt: `${n}` })),
      },
    ],
    ['a list', [BOOK]],
    ['null', null],
  ])('with %s is refused', (_what, entry) => {
    expect(() => readJob(JSON.stringify(entry))).toThrow(expect.objectContaining({ name: 'ZodError' }));
  });

  it.each(['', 'garbage', '{"v":1', '"text"'])('that is %j is refused', (raw) => {
    expect(() => readJob(raw)).toThrow(/JSON|Invalid input/);
  });
});
