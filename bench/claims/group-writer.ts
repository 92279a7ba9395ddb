// Writes bookings in groups, one group after the other, as fast as possible.

import type { Instant } from '@slotline/core';
import { openDecider, type AcceptedRequest } from '@slotline/db';
import { HOT_ORG, requestIdOf, slotOf } from '../load/traffic.ts';
import type { Stage } from '../stage/stage.ts';

/** What a worker decides in one transaction at most, by default. */
export const GROUP_REQUESTS = 500;
const GROUPS_MAX = 2_000;
const WARM_UP_SECONDS_MAX = 1;

export interface GroupWriter {
  readonly name: string;
  /** Number of the next booking of the hot org. */
  next: number;
  /** Makes a group ready, off the clock; what it returns writes the group. */
  prepare(from: number): () => Promise<void>;
}

/** Writes group after group for `seconds`; resolves with the bookings per second. */
export async function writeGroups(writer: GroupWriter, seconds: number): Promise<number> {
  let elapsedMs = 0;
  let groups = 0;
  for (; elapsedMs < seconds * 1_000 && groups < GROUPS_MAX; groups++) {
    const writeGroup = writer.prepare(writer.next);
    const startedAt = performance.now();
    await writeGroup();
    elapsedMs += performance.now() - startedAt;
    Object.assign(writer, { next: writer.next + GROUP_REQUESTS });
  }
  return (groups * GROUP_REQUESTS * 1_000) / elapsedMs;
}

/** So that plans are made, code is compiled and connections stand before the clock starts. */
export async function warmUp(writers: readonly GroupWriter[], seconds: number): Promise<void> {
  for (const writer of writers) await writeGroups(writer, Math.min(WARM_UP_SECONDS_MAX, seconds));
}

/** Decides the hot org's bookings from `next` on, each of which has to stand. */
export function openDecidingWriter(
  stage: Stage,
  { url, name, next }: { url: string; name: string; next: number },
): GroupWriter {
  const decider = openDecider({ url, lanes: 1 });
  stage.onClear(() => decider.close());
  return {
    name,
    next,
    prepare: (from) => {
      const { orgId } = slotOf(HOT_ORG, from);
      const requests = Array.from({ length: GROUP_REQUESTS }, (_, at) => toRequest(from + at));
      return async () => {
        const [records] = await decider.decide([{ orgId, requests }]);
        const created = records?.filter(({ outcome }) => outcome.kind === 'created').length;
        if (created !== GROUP_REQUESTS) throw new Error(`${created} of ${GROUP_REQUESTS} were created`);
      };
    },
  };
}

function toRequest(number: number): AcceptedRequest {
  const { id, resourceId, startMs, endMs } = slotOf(HOT_ORG, number);
  const noted = Date.UTC(2029, 8, 28) as Instant;
  return {
    operation: 'book',
    requestId: requestIdOf(number),
    appointmentId: id,
    resourceId,
    start: startMs as Instant,
    end: endMs as Instant,
    createdAt: noted,
    updatedAt: noted,
    heldUntil: null,
    metadata: null,
    acceptedAt: noted,
  };
}
