/**
 * Wakes followers of an org's next change. The queue hints when something of the org was completed, which is
 * fast and may be lost. So the sequences of all awaited orgs are also polled in one query, while any follower
 * waits. A wake-up may be spurious: the follower reads the changes itself.
 */
import type { Queue } from '../intake/accept.ts';

interface FollowOptions {
  /** The last sequence seen. */
  readonly after: number;
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
}

interface Follower {
  /**
   * Resolves when there may be a change later than `after`, at the timeout and at the abort. Never rejects.
   */
  next(options: FollowOptions): Promise<void>;
  close(): void;
}

export interface ChangeWatch {
  /**
   * Listens to an org until `close`. A hint that arrives outside of `next` ends the following wait
   * immediately, so nothing is missed between a read and the wait after it.
   */
  follow(orgId: string): Follower;
}

export interface ChangeWatchOptions {
  readonly queue: Pick<Queue, 'watch'>;
  /** The sequence of each org's last change; orgs without one are absent. */
  readonly findSequences: (orgIds: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  readonly pollMs: number;
  /** Called with the number of followers whenever it changes. */
  readonly onFollowers?: (count: number) => void;
}

interface Wait {
  readonly after: number;
  wake(): void;
}

export function createChangeWatch(options: ChangeWatchOptions): ChangeWatch {
  const { queue, findSequences, pollMs, onFollowers } = options;
  const waitsByOrg = new Map<string, Set<Wait>>();
  let timer: NodeJS.Timeout | undefined;
  let followers = 0;

  const poll = async () => {
    try {
      const sequences = await findSequences([...waitsByOrg.keys()]);
      for (const [orgId, sequence] of sequences) {
        for (const wait of [...(waitsByOrg.get(orgId) ?? [])]) if (wait.after < sequence) wait.wake();
      }
    } catch {
      // The next poll retries; a lasting failure also fails every other read.
    }
    timer = undefined;
    schedule();
  };
  const schedule = () => {
    if (waitsByOrg.size > 0) timer ??= setTimeout(() => void poll(), pollMs);
  };
  const add = (orgId: string, wait: Wait) => {
    const waits = waitsByOrg.get(orgId);
    if (waits === undefined) waitsByOrg.set(orgId, new Set([wait]));
    else waits.add(wait);
    schedule();
  };
  const remove = (orgId: string, wait: Wait) => {
    const waits = waitsByOrg.get(orgId);
    waits?.delete(wait);
    if (waits?.size === 0) waitsByOrg.delete(orgId);
    if (waitsByOrg.size > 0) return;
    clearTimeout(timer);
    timer = undefined;
  };

  return {
    follow(orgId) {
      onFollowers?.(++followers);
      const follower = createFollower({ orgId, queue, add, remove });
      return {
        next: follower.next,
        close() {
          onFollowers?.(--followers);
          follower.close();
        },
      };
    },
  };
}

interface FollowerOptions {
  readonly orgId: string;
  readonly queue: Pick<Queue, 'watch'>;
  add(orgId: string, wait: Wait): void;
  remove(orgId: string, wait: Wait): void;
}

function createFollower({ orgId, queue, add, remove }: FollowerOptions): Follower {
  let isHinted = false;
  let waiting: Wait | undefined;
  const unwatch = queue.watch(orgId, () => {
    if (waiting === undefined) isHinted = true;
    else waiting.wake();
  });
  return {
    next: ({ after, timeoutMs, signal }) =>
      new Promise((resolve) => {
        if (isHinted || signal.aborted) {
          isHinted = false;
          return resolve();
        }
        const timer = timeoutMs === undefined ? undefined : setTimeout(() => wait.wake(), timeoutMs);
        const onAbort = () => wait.wake();
        const wait: Wait = {
          after,
          wake() {
            clearTimeout(timer);
            signal.removeEventListener('abort', onAbort);
            remove(orgId, wait);
            waiting = undefined;
            resolve();
          },
        };
        waiting = wait;
        signal.addEventListener('abort', onAbort);
        add(orgId, wait);
      }),
    close() {
      waiting?.wake();
      unwatch();
    },
  };
}
