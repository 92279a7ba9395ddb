// Gathers the batches of many turns into commit groups. A lane runs one transaction at a time; a group is
// whatever waits when a lane is free, so groups grow by themselves under load and stay small without it. A few light requests
// take no second lane of their own while others are under way.
// Safety is the transaction's: lanes may decide the same org at once and do no harm.

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
  /** A group takes batches until they weigh this much, see {@link weightOf}; one batch alone may weigh more. */
  readonly groupMax: number;
  /** Told of every transaction that committed. */
  readonly onGroup?: (group: CommittedGroup) => void;
}

export interface CommittedGroup {
  readonly requests: number;
  /** Somebody is to be called back. */
  readonly hasCallbacks: boolean;
  readonly tookMs: number;
}

/** Wishes from which on a batch takes its transaction several times as long as a batch of one. */
const HEAVY = 20;

/** How long light batches wait at most for the light group under way. One that takes longer waits for a lock, and they need not. */
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

  // One event-loop turn later, so that batches whose replies came in together go into one group.
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
      // A transaction costs the same for one request as for ten, so the few that come meanwhile go together after it.
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

/** What a request costs its transaction: an atomic batch is as many wishes as it has, all others are one. */
export function weightOf(request: AcceptedRequest): number {
  return wishesOf(request).length;
}

/**
 * The longest-waiting batches up to weight `max`, one for each org: a group decides an org in one go. Heavy and light ones are
 * not mixed, so that a few requests do not wait for hundreds of another org while a lane is free.
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
    // One org's poison must not fail its neighbours in the group: alone, each shows whose it is.
    if (group.length > 1 && !isRetryable(cause)) {
      for (const one of group) await decideGroup([one], options);
    } else {
      for (const one of group) one.reject(cause);
    }
  }
}
