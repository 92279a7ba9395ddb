/** Folders on the way to data that another user's server reads. */
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';

/** Like `mkdir -p`, but every new folder can be passed by every user, whatever the umask. Existing ones stay. */
export function makePassableFolder(dir: string): void {
  if (existsSync(dir)) return;
  makePassableFolder(path.dirname(dir));
  mkdirSync(dir, { recursive: true });
  chmodSync(dir, 0o755);
}
