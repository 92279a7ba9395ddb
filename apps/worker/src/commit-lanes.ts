// Collects the batches of many orgs into commit groups. A lane runs one transaction at a time. A group
// consists of the batches that wait when a lane becomes free, so groups grow under load and stay small
// without it. A few light requests do not take a second lane while a light group is in flight. The
// transaction ensures correctness: two lanes may safely decide the same org at once.

import { wishesOf } from '@slotline/core';
import {
  isRetryable,
  type AcceptedRequest,
  type Decider,
  type OrgRequests,
  type RequestRecord,
} from '@slotline/db';

export interface CommitLanes {
  /** Resolves with the records of these requests, in order, once they are committed. */
  submit(batch: OrgRequests): Promise<readonly RequestRecord[]>;
}

export interface CommitLanesOptions {
  readonly decider: Pick<Decider, 'decide'>;
  readonly lanes: number;
  /** Maximum weight of a group, see {@link weightOf}; a single batch may weigh more. */
  readonly groupMax: number;
  /** Called after every committed transaction. */
  readonly onGroup?: (group: CommittedGroup) => void;
}

export interface CommittedGroup {
  readonly requests: number;
  /** At least one request has a `callbackUrl`. */
  readonly hasCallbacks: boolean;
  readonly tookMs: number;
}

/** From this many operations on, a batch takes several times as long in its transaction as a batch of one. */
const HEAVY = 20;

/**
 * Longest wait of light batches for the light group in flight. A group that takes longer is waiting for a
 * lock.
 */
const LIGHT_WAIT_MS = 5;

interface Waiting {
  readonly batch: OrgRequests;
  readonly weight: number;
  readonly resolve: (records: readonly RequestRecord[]) => void;
  readonly reject: (cause: unknown) => void;
}

export function createCommitLanes(options: CommitLanesOptions): CommitLanes {
  let waiting: Waiting[] = [];
  let lanesFree = options.lanes;
  let isScheduled = false;
  let lightUnderWay: readonly Waiting[] | undefined;

  // Runs one event-loop turn later, so that batches that arrive together form one group.
  const schedule = () => {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      fillLanes();
    });
  };

  const fillLanes = () => {
    while (lanesFree > 0) {
      // A transaction costs the same for one request as for ten, so the few that arrive during one share the
      // next.
      const isHeldBack = lightUnderWay !== undefined && sumOf(waiting.filter(isLight)) < HEAVY;
      const group = nextGroup(isHeldBack ? waiting.filter(isHeavy) : waiting, options.groupMax);
      if (group.length === 0) return;
      void runLane(group);
    }
  };

  const runLane = async (group: readonly Waiting[]) => {
    waiting = waiting.filter((one) => !group.includes(one));
    lanesFree--;
    if (group.every(isLight)) lightUnderWay = group;
    const giveWay = () => {
      if (lightUnderWay === group) lightUnderWay = undefined;
      schedule();
    };
    const timer = lightUnderWay === group ? setTimeout(giveWay, LIGHT_WAIT_MS) : undefined;
    await decideGroup(group, options);
    clearTimeout(timer);
    lanesFree++;
    giveWay();
  };

  return {
    submit: (batch) =>
      new Promise((resolve, reject) => {
        const weight = batch.requests.reduce((sum, request) => sum + weightOf(request), 0);
        waiting.push({ batch, weight, resolve, reject });
        schedule();
      }),
  };
}

/**
 * What a request costs its transaction: an atomic batch counts its operations, any other request counts one.
 */
export function weightOf(request: AcceptedRequest): number {
  return wishesOf(request).length;
}

/**
 * The longest-waiting batches up to weight `max`, at most one per org. Heavy and light batches are not mixed,
 * so that a few requests do not wait for hundreds of another org while a lane is free.
 */
function nextGroup(waiting: readonly Waiting[], max: number): readonly Waiting[] {
  const group: Waiting[] = [];
  const orgs = new Set<string>();
  let weight = 0;
  for (const one of waiting) {
    const fits = group[0] === undefined || (isHeavy(one) === isHeavy(group[0]) && weight + one.weight <= max);
    if (!fits || orgs.has(one.batch.orgId)) continue;
    group.push(one);
    orgs.add(one.batch.orgId);
    weight += one.weight;
  }
  return group;
}

function isHeavy({ weight }: Waiting): boolean {
  return weight >= HEAVY;
}

function isLight(one: Waiting): boolean {
  return !isHeavy(one);
}

function sumOf(batches: readonly Waiting[]): number {
  return batches.reduce((sum, { weight }) => sum + weight, 0);
}

function hasCallback({ callbackUrl }: AcceptedRequest): boolean {
  return callbackUrl !== undefined;
}

async function decideGroup(group: readonly Waiting[], options: CommitLanesOptions): Promise<void> {
  const startedAt = performance.now();
  try {
    const records = await options.decider.decide(group.map(({ batch }) => batch));
    group.forEach((one, at) => one.resolve(records[at] ?? []));
    options.onGroup?.({
      requests: group.reduce((sum, { batch }) => sum + batch.requests.length, 0),
      hasCallbacks: group.some(({ batch }) => batch.requests.some(hasCallback)),
      tookMs: performance.now() - startedAt,
    });
  } catch (cause) {
    // One org's poison must not fail the others of its group. Decided one by one, only the faulty batch
    // fails.
    if (group.length > 1 && !isRetryable(cause)) {
      for (const one of group) await decideGroup([one], options);
    } else {
      for (const one of group) one.reject(cause);
    }
  }
}
