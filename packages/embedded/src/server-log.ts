/**
 * A server's log file beside its data folder. A file and not a pipe: a server that outlives its parent must
 * neither block on a full pipe nor lose its last words.
 */
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';

/** A log longer than this is emptied at the next start. */
const LOG_BYTES_MAX = 4 * 1024 * 1024;
const LAST_WORDS_LINES_MAX = 8;

/** Opens the log for the child's output; answers the descriptor and the length before this run. */
export function openServerLog(file: string): { fd: number; start: number; close(): void } {
  const start = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const isTooLong = start > LOG_BYTES_MAX;
  const fd = openSync(file, isTooLong ? 'w' : 'a', 0o600);
  return { fd, start: isTooLong ? 0 : start, close: () => closeSync(fd) };
}

/** The last lines written since `start`, for an error message. */
export function readLastWords(file: string, start: number): string {
  const text = readFileSync(file).subarray(start).toString('utf8').trim();
  return text.split('\n').slice(-LAST_WORDS_LINES_MAX).join('\n');
}
