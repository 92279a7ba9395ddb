/**
 * Ends a process by pid, politely or not, and waits until it is gone. Works for our own child and for a
 * server left behind by an earlier run alike, which is why it polls the process table and no child handle.
 */
import { findErrorCode } from './system-error.ts';
import { isAlive, listChildren } from './process-table.ts';
import { waitUntil } from './wait-until.ts';

/** One try at ending a process: the signal, and how long its effect is waited for. */
export interface StopStep {
  signal: NodeJS.Signals;
  waitMs: number;
}

/** The kernel's part of a SIGKILL is quick; a process in an unfinished disk write can still need a while. */
const KILL_WAIT_MS = 10_000;

const gone = (pids: readonly number[]) => (pids.some(isAlive) ? undefined : true);

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // ESRCH: it went in the meantime, which is what the caller wants. EPERM is told by the wait that follows.
    if (!['ESRCH', 'EPERM'].includes(findErrorCode(error) ?? '')) throw error;
  }
}

/** Takes the steps in order until the process is gone, then as a last resort kills it. False: it is still there. */
export async function stopProcess(pid: number, steps: readonly StopStep[]): Promise<boolean> {
  for (const { signal, waitMs } of steps) {
    if (!isAlive(pid)) return true;
    send(pid, signal);
    if ((await waitUntil(() => gone([pid]), waitMs)) === true) return true;
  }
  return killFamily(pid);
}

/**
 * SIGKILL to the process, its group and its children, and waits until all are gone; false when they are not.
 * The children need their own signal because every PostgreSQL backend is a session of its own. The parent is
 * frozen first so that it neither forks nor cleans up between the listing and the blow.
 */
export async function killFamily(pid: number): Promise<boolean> {
  if (!isAlive(pid)) return true;
  send(pid, 'SIGSTOP');
  const family = [pid, ...listChildren(pid)];
  send(-pid, 'SIGKILL');
  for (const member of family) send(member, 'SIGKILL');
  return (await waitUntil(() => gone(family), KILL_WAIT_MS)) === true;
}
