// Generates a file of traffic without real data: many orgs of very different size, scarce slots, moves, cancels and
// stale repeats. Equal seeds give equal files.

import { writeFileSync } from 'node:fs';
import { seededRandom } from '@slotline/testkit';

const ORGS = 24;
const RESOURCES = 3;
const SLOTS = 400;
const SLOT_MS = 15 * 60_000;
const OPENING = Date.UTC(2031, 0, 1, 8);

/** Writes `lines` events as NDJSON and returns the path. */
export function generateTraffic(path: string, { lines, seed }: { lines: number; seed: number }): string {
  const random = seededRandom(seed);
  const below = (max: number) => Math.floor(random() * max);
  const text = Array.from({ length: lines }, (_, at) => {
    // The square of a uniform number: a few orgs are busy, most are quiet.
    const orgId = `org-${Math.floor(random() ** 2 * ORGS)}`;
    const id = `appointment-${below(600)}`;
    // Mostly newer than the current version, sometimes older or equal.
    const updatedAt = iso(OPENING - 86_400_000 + (at - below(40)) * 1_000);
    if (random() < 0.25) return { op: 'cancel', orgId, id, updatedAt };
    const start = OPENING + below(SLOTS) * SLOT_MS;
    const end = start + (1 + below(3)) * SLOT_MS;
    const resourceId = `room-${below(RESOURCES)}`;
    return {
      op: 'book',
      orgId,
      resourceId,
      id,
      start: iso(start),
      end: iso(end),
      createdAt: updatedAt,
      updatedAt,
    };
  });
  writeFileSync(path, text.map((event) => `${JSON.stringify(event)}\n`).join(''));
  return path;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
