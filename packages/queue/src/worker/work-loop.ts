/**
 * Batches a worker's completions and takes into calls: everything decided in one tick, together with the next
 * take. Only one take is in flight at a time, so that no org is taken twice; completions never wait for it.
 */
import { TAKE_RETRY_MS, WORK_CALL_BYTES_MAX, WORK_CALL_ITEMS_MAX } from '../limits.ts';
import { type QueueEventListener, toError } from '../queue-event.ts';
import {
  type BatchToComplete,
  callWork,
  type Completion,
  type TakenBatches,
  type WantedBatches,
  type WorkOptions,
} from './call-work.ts';

export interface WorkLoop {
  /** Requests a take. */
  want(): void;
  /** `isLast`: the org may be taken again, even by the same call. */
  complete(part: BatchToComplete, isLast: boolean): Promise<Completion>;
}

/** One take: its arguments, and a callback for the result, which is `undefined` when the call failed. */
export interface Take {
  readonly wanted: WantedBatches;
  finish(taken: TakenBatches | undefined): void;
}

export interface WorkLoopOptions {
  readonly work: WorkOptions;
  /** The org's batch is about to be completed. */
  release(orgId: string): void;
  /** Called when a take may begin; returns `undefined` while nothing can be taken. */
  prepareTake(): Take | undefined;
  readonly onEvent: QueueEventListener;
}

interface Decided extends BatchToComplete {
  readonly isLast: boolean;
  resolve(completion: Completion): void;
  reject(error: unknown): void;
}

export function createWorkLoop(options: WorkLoopOptions): WorkLoop {
  const { work, release, prepareTake, onEvent } = options;
  let decided: Decided[] = [];
  let isScheduled = false;
  let isWanted = false;
  let isTaking = false;

  const schedule = (): void => {
    if (isScheduled) return;
    isScheduled = true;
    // Immediates run after the poll phase, so after every socket with data was read.
    setImmediate(flush);
  };
  const want = (): void => {
    isWanted = true;
    schedule();
  };
  const flush = (): void => {
    isScheduled = false;
    const calls = cutIntoCalls(decided);
    decided = [];
    for (const { orgId, isLast } of calls.flat()) {
      if (isLast) {
        release(orgId);
        isWanted = true;
      }
    }
    const take = isWanted && !isTaking ? prepareTake() : undefined;
    const last = calls.pop() ?? [];
    for (const call of calls) void send(work, call);
    if (take) void sendAndTake(last, take);
    else if (last.length > 0) void send(work, last);
  };
  const sendAndTake = async (call: readonly Decided[], take: Take): Promise<void> => {
    isTaking = true;
    isWanted = false;
    const taken = await send(work, call, take.wanted);
    isTaking = false;
    if (taken instanceof Error) {
      onEvent({ kind: 'redis-error', connection: 'leases', cause: taken });
      setTimeout(want, TAKE_RETRY_MS).unref();
      take.finish(undefined);
    } else {
      take.finish(taken);
      if (taken?.hasMore) want();
    }
    if (isWanted) schedule();
  };
  return {
    want,
    complete: (part, isLast) =>
      new Promise((resolve, reject) => {
        decided.push({ ...part, isLast, resolve, reject });
        schedule();
      }),
  };
}

/** Never rejects: a failure rejects the promises of the call's completions, and is returned for the take. */
async function send(
  work: WorkOptions,
  call: readonly Decided[],
  wanted?: WantedBatches,
): Promise<TakenBatches | Error | undefined> {
  try {
    const { completions, taken } = await callWork(work, call, wanted);
    call.forEach(({ resolve }, at) => resolve(completions[at] ?? { completed: 0, depth: 0 }));
    return taken;
  } catch (error) {
    for (const { reject } of call) reject(error);
    return toError(error);
  }
}

/** Splits the batches into calls within the limits; one batch always fits. */
function cutIntoCalls(decided: readonly Decided[]): Decided[][] {
  const calls: Decided[][] = [];
  let [items, bytes] = [Infinity, 0];
  for (const one of decided) {
    const ownBytes = bytesOf(one);
    items += one.decided.length;
    bytes += ownBytes;
    if (items > WORK_CALL_ITEMS_MAX || bytes > WORK_CALL_BYTES_MAX) {
      calls.push([]);
      [items, bytes] = [one.decided.length, ownBytes];
    }
    calls.at(-1)?.push(one);
  }
  return calls;
}

function bytesOf({ decided }: BatchToComplete): number {
  return decided.reduce((sum, { result }) => sum + Buffer.byteLength(result), 0);
}
