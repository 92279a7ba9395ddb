/** Folders on the way to data that the server's user reads. */
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';

/**
 * Like `mkdir -p`. A new folder is for its owner alone, unless root makes it: root's PostgreSQL runs as another user, so
 * every user can pass it and every new one above it, whatever the umask. Existing folders stay as they are.
 */
export function makePassableFolder(dir: string): void {
  if (existsSync(dir)) return;
  if (process.getuid?.() === 0) makeOpenFolder(dir);
  else makePrivateFolder(dir);
}

function makePrivateFolder(dir: string): void {
  mkdirSync(path.dirname(dir), { recursive: true });
  mkdirSync(dir, { recursive: true, mode: 0o700 });
}

function makeOpenFolder(dir: string): void {
  if (existsSync(dir)) return;
  makeOpenFolder(path.dirname(dir));
  mkdirSync(dir, { recursive: true });
  chmodSync(dir, 0o755);
}
