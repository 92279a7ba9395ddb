// Bounds the size of an outcome. It is stored, shown in lists and sent to every webhook endpoint, so the blockers that
// it names are bounded in bytes: the first ones are named and the rest are counted. The sizes are those of the JSON
// that clients see, estimated from above. Pure, and of one outcome alone: no split of a request list changes it.

import { jsonBytesOf } from './json-bytes.ts';
import type { Blocker, Conflict, OfAppointment, Outcome } from './outcome.ts';

/** The size limit of an outcome as JSON. Holds for every batch within {@link BATCH_IDS_BYTES_MAX}. */
export const OUTCOME_BYTES_MAX = 32_768;

/** The blockers that the conflict of a single book names. The first one is always named. */
export const CONFLICT_BYTES_MAX = 2_048;

/**
 * The ids of an atomic batch together, each as a JSON string: its outcome repeats all of them. 64 bytes for each of
 * 200; a larger batch is refused before it is accepted.
 */
export const BATCH_IDS_BYTES_MAX = 12_800;

/** A blocker without its id; both instants have 24 characters. */
const BLOCKER_BYTES = 100;
/** An item of a batch without its id and without blockers. */
const ITEM_BYTES = 80;
/** The sentence of an item that names a blocker, without the id of that blocker. */
const SENTENCE_BYTES = 70;
/** Everything except the items: the kind, and a sentence that repeats two ids of up to 1,202 bytes. */
const AROUND_ITEMS_BYTES = 2_600;

/** Returns the outcome with as many blockers as fit; unchanged if all fit. */
export function boundOutcome(outcome: Outcome): Outcome {
  switch (outcome.kind) {
    case 'conflict':
      return nameFirst(outcome, countFitting(outcome.conflictsWith));
    case 'refused':
      return { ...outcome, outcomes: boundItems(outcome.outcomes) };
    default:
      return outcome;
  }
}

function nameFirst<T extends Conflict>(conflict: T, count: number): T {
  const { conflictsWith, moreConflicts = 0 } = conflict;
  if (count >= conflictsWith.length) return conflict;
  const left = conflictsWith.length - count + moreConflicts;
  return { ...conflict, conflictsWith: conflictsWith.slice(0, count), moreConflicts: left };
}

function countFitting(blockers: readonly Blocker[]): number {
  let bytes = 0;
  const firstTooMany = blockers.findIndex((blocker) => (bytes += bytesOf(blocker)) > CONFLICT_BYTES_MAX);
  return firstTooMany === -1 ? blockers.length : Math.max(1, firstTooMany);
}

function bytesOf({ id }: Blocker): number {
  return BLOCKER_BYTES + jsonBytesOf(id);
}

type Items = (Outcome & { kind: 'refused' })['outcomes'];

// The first blocker of every item comes before the second one of any item, because the first is the most useful.
function boundItems(items: Items): Items {
  const conflicts = items.filter(isConflict);
  const counts = countNamed(conflicts, OUTCOME_BYTES_MAX - AROUND_ITEMS_BYTES - bytesWithoutBlockers(items));
  return items.map((item) => (isConflict(item) ? nameFirst(item, counts.get(item) ?? 0) : item));
}

type ConflictItem = OfAppointment<Conflict>;

function isConflict(item: Items[number]): item is ConflictItem {
  return item.kind === 'conflict';
}

function bytesWithoutBlockers(items: Items): number {
  return items.reduce((bytes, { appointmentId }) => bytes + ITEM_BYTES + jsonBytesOf(appointmentId), 0);
}

/** How many blockers each conflict names. Stops at the first blocker that does not fit. */
function countNamed(conflicts: readonly ConflictItem[], bytesMax: number): ReadonlyMap<ConflictItem, number> {
  const counts = new Map<ConflictItem, number>();
  let bytes = 0;
  for (const { conflict, at, blocker } of byRank(conflicts)) {
    bytes += bytesOf(blocker) + (at === 0 ? SENTENCE_BYTES + jsonBytesOf(blocker.id) : 0);
    if (bytes > bytesMax) break;
    counts.set(conflict, at + 1);
  }
  return counts;
}

/** The first blocker of each conflict, then the second one of each, and so on. */
function* byRank(conflicts: readonly ConflictItem[]) {
  const ranks = conflicts.reduce((most, { conflictsWith }) => Math.max(most, conflictsWith.length), 0);
  for (let at = 0; at < ranks; at++) {
    for (const conflict of conflicts) {
      const blocker = conflict.conflictsWith[at];
      if (blocker !== undefined) yield { conflict, at, blocker };
    }
  }
}
