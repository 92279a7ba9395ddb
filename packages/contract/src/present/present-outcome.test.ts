// How large an outcome is on the wire, whatever it is about.

import { describe, expect, it } from '@jest/globals';
import {
  BATCH_IDS_BYTES_MAX,
  BATCH_WISHES_MAX,
  boundOutcome,
  INSTANT_MAX,
  jsonBytesOf,
  OUTCOME_BYTES_MAX,
  type Blocker,
  type Outcome,
} from '@slotline/core';
import { presentOutcome } from './present-outcome.ts';

/** Ids of 200 characters, by how many bytes each of them takes. */
const ID_TEXTS = { plain: 'a', three: '\u20ac', pairs: '\ud83d\ude00', control: '\u0001' };

function idOf(text: string, chars = 200): string {
  return text.repeat(Math.floor(chars / text.length));
}

function blockers(id: string, count = 10): Blocker[] {
  const instant = INSTANT_MAX;
  return Array.from({ length: count }, () => ({ id, start: instant, end: instant, version: 2_147_483_647 }));
}

function bytesOf(outcome: Outcome): number {
  return Buffer.byteLength(JSON.stringify(presentOutcome(boundOutcome(outcome))));
}

/** An id for each of `count` items; together they have as many bytes as they may. */
function itemIds(text: string, count: number): string[] {
  const chars = Math.floor((BATCH_IDS_BYTES_MAX / count - 2) / (jsonBytesOf(text) - 2)) * text.length;
  return Array.from({ length: count }, () => idOf(text, Math.min(200, chars)));
}

const CASES = Object.entries(ID_TEXTS).flatMap(([what, text]) =>
  [1, 10, 50, BATCH_WISHES_MAX].map((count) => [count, what, text] as const),
);

describe('an outcome has at most 32 kB as JSON', () => {
  it.each(CASES)('for a refused batch of %i items with ids of %s characters', (count, _what, text) => {
    const conflictsWith = blockers(idOf(text));
    const outcomes = itemIds(text, count).map((appointmentId) => ({
      appointmentId,
      kind: 'conflict' as const,
      conflictsWith,
    }));
    expect(bytesOf({ kind: 'refused', outcomes })).toBeLessThanOrEqual(OUTCOME_BYTES_MAX);
  });

  it.each(CASES)('for an applied batch of %i items with ids of %s characters', (count, _what, text) => {
    const version = 2_147_483_647;
    const outcomes = itemIds(text, count).map((appointmentId) => ({
      appointmentId,
      kind: 'confirmed' as const,
      version,
    }));
    expect(bytesOf({ kind: 'applied', outcomes })).toBeLessThanOrEqual(OUTCOME_BYTES_MAX);
  });

  it.each(Object.entries(ID_TEXTS))('and 4 kB for a conflict with ids of %s characters', (_what, text) => {
    const conflict = { kind: 'conflict', conflictsWith: blockers(idOf(text)) } as const;
    expect(bytesOf(conflict)).toBeLessThanOrEqual(4_096);
  });
});

it('an item without listed blockers has no detail', () => {
  const outcomes = [{ appointmentId: 'a', kind: 'conflict', conflictsWith: [], moreConflicts: 3 }] as const;
  expect(presentOutcome({ kind: 'refused', outcomes }).items).toEqual(outcomes);
});

it('a conflict says how many are in the way, named or not', () => {
  const outcome = { kind: 'conflict', conflictsWith: blockers('x', 2), moreConflicts: 3 } as const;
  expect(presentOutcome(outcome)).toMatchObject({
    moreConflicts: 3,
    detail: 'The interval is taken by appointment x and 4 more.',
  });
});
