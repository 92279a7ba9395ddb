/**
 * Ends a process by pid, gracefully or with SIGKILL, and waits until it is gone. Works for a child process and for a
 * server left over from an earlier run, so it polls the process table instead of a child handle.
 */
import { findErrorCode } from './system-error.ts';
import { isAlive, listChildren } from './process-table.ts';
import { waitUntil } from './wait-until.ts';

/** One attempt to end a process: the signal, and how long to wait for its effect. */
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
    // ESRCH: the process is already gone, as intended. EPERM: the wait that follows reports that it still runs.
    if (!['ESRCH', 'EPERM'].includes(findErrorCode(error) ?? '')) throw error;
  }
}

/** Takes the steps in order until the process is gone; kills it as a last resort. False: it still runs. */
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
 * The children need their own signal because every PostgreSQL backend has its own session. The parent is
 * stopped first, so that it neither forks nor cleans up between the listing and the kill.
 */
export async function killFamily(pid: number): Promise<boolean> {
  if (!isAlive(pid)) return true;
  send(pid, 'SIGSTOP');
  const family = [pid, ...listChildren(pid)];
  send(-pid, 'SIGKILL');
  for (const member of family) send(member, 'SIGKILL');
  return (await waitUntil(() => gone(family), KILL_WAIT_MS)) === true;
}
