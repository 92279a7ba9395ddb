// The CPU time of a process and all its threads, from the kernel's own books (proc_pid_stat(5), Linux only),
// which count what the process cannot see of itself: garbage collection, I/O threads, system calls.

import { readFile } from 'node:fs/promises';

/** USER_HZ: 100 on every architecture that Node runs on. */
const MICROSECONDS_PER_TICK = 10_000;

/** Microseconds of CPU since the process began, in steps of ten milliseconds. */
export async function cpuMicrosecondsOf(pid: number): Promise<number> {
  return readCpuMicroseconds(await readFile(`/proc/${pid}/stat`, 'utf8'));
}

/** The name, in parentheses, may hold anything; utime and stime are the 12th and 13th field after it. */
export function readCpuMicroseconds(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * MICROSECONDS_PER_TICK;
}

/**
 * Microseconds of CPU since the process began, to the nanosecond (Linux's schedstat): of its first thread alone, which
 * is all that a PostgreSQL backend has.
 */
export async function cpuOfThreadMicroseconds(pid: number): Promise<number> {
  const [nanoseconds] = (await readFile(`/proc/${pid}/schedstat`, 'utf8')).split(' ');
  return Number(nanoseconds) / 1_000;
}
