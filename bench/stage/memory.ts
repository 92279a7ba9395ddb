// The memory of a process, from the kernel's own books (proc_pid_status(5), Linux only).

import { readFile } from 'node:fs/promises';

const BYTES_PER_KB = 1_024;

/** Bytes that the process has in memory now; 0 when it is gone. */
export async function residentBytesOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * BYTES_PER_KB;
}
