// The CPU time of a process and all its threads, from the kernel's own books (proc_pid_stat(5), Linux only),
// which count what the process cannot see of itself: garbage collection, I/O threads, system calls.

import { readdir, readFile } from 'node:fs/promises';

import { listChildren } from '@slotline/embedded';

/** USER_HZ: 100 on every architecture that Node runs on. */
const MICROSECONDS_PER_TICK = 10_000;

/** Microseconds of CPU since the process began, in steps of ten milliseconds. */
export async function cpuMicrosecondsOf(pid: number): Promise<number> {
  return readCpuMicroseconds(await readFile(`/proc/${pid}/stat`, 'utf8'));
}

/** The name, in parentheses, may hold anything; utime and stime are the 12th and 13th field after it. */
export function readCpuMicroseconds(stat: string): number {
  return readTicks(stat, [11, 12]);
}

function readTicks(stat: string, places: readonly number[]): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return places.reduce((sum, at) => sum + Number(fields[at]), 0) * MICROSECONDS_PER_TICK;
}

/** Microseconds of CPU of all threads that the process has now, to the nanosecond; 0 when it is gone. */
export async function cpuOfThreadsMicroseconds(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const times = threads.map((thread) => cpuOfThreadMicroseconds(Number(thread), pid).catch(() => 0));
  return (await Promise.all(times)).reduce((sum, time) => sum + time, 0);
}

/** The same of a process and its children, those that have ended included: all of PostgreSQL. */
export async function cpuOfFamilyMicroseconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const times = await Promise.all([pid, ...listChildren(pid)].map(cpuOfThreadsMicroseconds));
  // cutime and cstime: what ended children had used.
  return times.reduce((sum, time) => sum + time, readTicks(stat, [13, 14]));
}

/**
 * Microseconds of CPU since the thread began, to the nanosecond (Linux's schedstat): by default the first thread of the
 * process, which is all that a PostgreSQL backend has.
 */
export async function cpuOfThreadMicroseconds(thread: number, pid = thread): Promise<number> {
  const [nanoseconds] = (await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')).split(' ');
  return Number(nanoseconds) / 1_000;
}
