/**
 * Reads the machine's process table: Linux through /proc, other systems through `ps` and `pgrep`.
 * A zombie counts as gone, since in a container an orphan may never be reaped. Pids are reused, so a process is
 * identified by its pid and its start time.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

const hasProc = existsSync('/proc/self/stat');

/** Fields of /proc/<pid>/stat after the command name, which may itself contain spaces and brackets. */
function statFields(pid: number | string): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function ps(field: string, pid: number): string | undefined {
  const { status, stdout } = spawnSync('ps', ['-o', `${field}=`, '-p', String(pid)], { encoding: 'utf8' });
  return status === 0 && stdout.trim() !== '' ? stdout.trim() : undefined;
}

/** Whether the process still runs; a zombie does not. */
export function isAlive(pid: number): boolean {
  if (hasProc) {
    const state = statFields(pid)?.[0];
    return state !== undefined && state !== 'Z' && state !== 'X';
  }
  const state = ps('stat', pid);
  return state !== undefined && !state.startsWith('Z');
}

/** When the process started, in whatever unit the system has: good for comparing, nothing else. */
export function findStartTime(pid: number): string | undefined {
  return hasProc ? statFields(pid)?.[19] : ps('lstart', pid);
}

/** The process's command line with its arguments joined by spaces, `undefined` when it is gone or hidden. */
export function findCommand(pid: number): string | undefined {
  if (!hasProc) return ps('command', pid);
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return undefined;
  }
}

/** The folder the process works in, where the system shows it (Linux, and only to the same user or root). */
export function findWorkingFolder(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

/** Direct children, zombies left out. */
export function listChildren(pid: number): number[] {
  if (!hasProc) {
    const { stdout } = spawnSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' });
    return stdout.split('\n').filter(Boolean).map(Number);
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && statFields(name)?.[1] === String(pid))
    .map(Number)
    .filter(isAlive);
}
