// A retry repeats the original request from now on, under an id derived from the first one's.

import { expect, it } from '@jest/globals';
import { writeJob, type Job } from '@slotline/contract';
import type { Instant } from '@slotline/core';
import type { QuarantinedRequest } from '@slotline/db';
import { isRetryable, submitRetry } from './submit-retry.ts';

const NOW = 1_900_000_000_000 as Instant;
const BEFORE = (NOW - 3_600_000) as Instant;

const BOOK: Job = {
  ...{ operation: 'book', appointmentId: '42', resourceId: 'room', start: 5 as Instant, end: 6 as Instant },
  ...{
    createdAt: 1 as Instant,
    updatedAt: 2 as Instant,
    metadata: null,
    heldUntil: null,
    acceptedAt: BEFORE,
  },
};

function quarantined(raw: string | null): QuarantinedRequest {
  const id = { requestId: '00000000-0000-7000-8000-000000000001', orgId: 'acme' };
  const times = { acceptedAt: BEFORE, quarantinedAt: BEFORE };
  return { ...id, appointmentId: '42', operation: 'book', cause: null, ...times, raw };
}

function retryOf(job: Job): Job | undefined {
  return submitRetry(quarantined(JSON.stringify(writeJob(job))), NOW)?.job;
}

it('repeats the original request, accepted now', () => {
  expect(retryOf(BOOK)).toEqual({ ...BOOK, acceptedAt: NOW });
  const callbackUrl = 'https://example.com/hook';
  expect(retryOf({ ...BOOK, callbackUrl })).toEqual({ ...BOOK, callbackUrl, acceptedAt: NOW });
});

it('holds for the original duration, in a batch too, and never past the last instant', () => {
  const held = { ...BOOK, heldUntil: (BEFORE + 60_000) as Instant };
  expect(retryOf(held)).toMatchObject({ heldUntil: NOW + 60_000 });
  const { acceptedAt: _, ...wish } = held;
  const cancel = { operation: 'cancel', appointmentId: 'x', updatedAt: 3 as Instant } as const;
  const batch: Job = { operation: 'batch', wishes: [wish, cancel], acceptedAt: BEFORE };
  expect(retryOf(batch)).toMatchObject({ wishes: [{ heldUntil: NOW + 60_000 }, cancel] });
  const late = { ...BOOK, heldUntil: 253_402_300_799_999 as Instant };
  expect(retryOf(late)).toMatchObject({ heldUntil: 253_402_300_799_999 });
});

it('releases the hold of the original request’s version', () => {
  const expire: Job = { operation: 'expire', appointmentId: '42', version: 3, acceptedAt: BEFORE };
  expect(retryOf(expire)).toEqual({ ...expire, acceptedAt: NOW });
});

it('has one id at any time, which differs from the first request’s and per org', () => {
  const raw = JSON.stringify(writeJob(BOOK));
  const [one, later] = [
    submitRetry(quarantined(raw), NOW),
    submitRetry(quarantined(raw), (NOW + 9) as Instant),
  ];
  expect([later?.requestId, later?.fingerprint]).toEqual([one?.requestId, one?.fingerprint]);
  expect(one?.requestId).not.toBe(quarantined(raw).requestId);
  expect(submitRetry({ ...quarantined(raw), orgId: 'other' }, NOW)?.requestId).not.toBe(one?.requestId);
});

it.each([
  ['cut', null],
  ['no JSON', '{'],
  ['no job', '[1]'],
  ['of a release to come', '{"v":99,"op":"book"}'],
  ['half a job', '{"v":1,"op":"book","appt":"a","at":1}'],
])('what is %s cannot be retried', (_what, raw) => {
  expect(submitRetry(quarantined(raw), NOW)).toBeUndefined();
  expect(isRetryable(quarantined(raw))).toBe(false);
  expect(isRetryable(quarantined(JSON.stringify(writeJob(BOOK))))).toBe(true);
});
