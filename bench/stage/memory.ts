// The memory of a process, from the kernel's own books (proc_pid_status(5), Linux only).

import { readFile } from 'node:fs/promises';

const BYTES_PER_KB = 1_024;

/** Bytes that the process has in memory now; 0 when it is gone. */
export async function residentBytesOf(pid: number): Promise<number> {
  return read(pid, 'VmRSS');
}

/** The most that it had in memory at any moment since it began; 0 when it is gone. */
export async function peakBytesOf(pid: number): Promise<number> {
  return read(pid, 'VmHWM');
}

async function read(pid: number, field: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * BYTES_PER_KB;
}
