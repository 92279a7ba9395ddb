// The mailbox's own format: an accepted request must come out of it as it went in, and a shape that this
// build does not know must be refused, never guessed.

import { describe, expect, it } from '@jest/globals';
import { INSTANT_MAX, type Instant } from '@slotline/core';
import fc from 'fast-check';
import { readJob, writeJob, type Job } from './job.ts';

const instant = fc.integer({ min: 0, max: INSTANT_MAX }).map((ms) => ms as Instant);
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }).filter((one) => one.isWellFormed()),
);
const callback = fc
  .option(fc.webUrl(), { nil: undefined })
  .map((callbackUrl) => (callbackUrl === undefined ? {} : { callbackUrl }));
const shared = fc.tuple(
  fc.record({ appointmentId: text, updatedAt: instant, acceptedAt: instant }),
  callback,
);

const bookJob = fc
  .tuple(
    shared,
    fc.record({
      resourceId: text,
      start: instant,
      end: instant,
      createdAt: instant,
      metadata: fc.option(fc.json()),
    }),
  )
  .map(([[common, url], own]): Job => ({ operation: 'book', ...common, ...own, ...url }));
const cancelJob = shared.map(([common, url]): Job => ({ operation: 'cancel', ...common, ...url }));

const BOOK = { v: 1, op: 'book', appt: 'a', res: 'r', start: 1, end: 2, created: 0, updated: 0, at: 0 };
const CANCEL = { v: 1, op: 'cancel', appt: 'a', updated: 0, at: 0 };

describe('a job', () => {
  it('comes out of the mailbox as it went in', () => {
    fc.assert(
      fc.property(fc.oneof(bookJob, cancelJob), (job) => {
        expect(readJob(JSON.stringify(writeJob(job)))).toEqual(job);
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
      metadata: null,
    });
    expect(JSON.parse(JSON.stringify(writeJob(readJob(JSON.stringify(BOOK)))))).toEqual(BOOK);
    expect(JSON.parse(JSON.stringify(writeJob(readJob(JSON.stringify(CANCEL)))))).toEqual(CANCEL);
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
    ['a list', [BOOK]],
    ['null', null],
  ])('with %s is refused', (_what, entry) => {
    expect(() => readJob(JSON.stringify(entry))).toThrow(expect.objectContaining({ name: 'ZodError' }));
  });

  it.each(['', 'garbage', '{"v":1', '"text"'])('that is %j is refused', (raw) => {
    expect(() => readJob(raw)).toThrow(/JSON|Invalid input/);
  });
});
