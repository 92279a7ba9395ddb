/**
 * Finds the real place for a PostgreSQL data folder. That is the folder asked for, unless a root parent keeps it
 * under folders the server's user may not enter (a 0700 home): then the data lives in a system folder and the
 * folder asked for becomes a link to it, so that the next start and the person looking for the data both find it.
 */
import { existsSync, lstatSync, mkdtempSync, realpathSync, rmdirSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EmbeddedServerError } from './embedded-error.ts';
import { makePassableFolder } from './make-passable-folder.ts';
import { assertOwnCluster } from './postgres-cluster.ts';
import { canEnter, choosePostgresIdentity, type PostgresFolder } from './postgres-identity.ts';

/** Where data goes that cannot stay where it was asked for; the first one that can be made is taken. */
const SYSTEM_FOLDERS = ['/var/lib/slotline', '/var/tmp/slotline', path.join(tmpdir(), 'slotline')];

function makeSystemFolder(): string {
  for (const dir of SYSTEM_FOLDERS) {
    try {
      makePassableFolder(dir);
      // A folder that another user created first in a shared location is not trusted.
      if (lstatSync(dir).isDirectory() && lstatSync(dir).uid === process.getuid?.()) {
        return mkdtempSync(path.join(dir, 'postgres-'));
      }
    } catch {
      // Not writable here: the next one.
    }
  }
  throw new EmbeddedServerError(
    `PostgreSQL's data fits in none of ${SYSTEM_FOLDERS.join(', ')}. Set DATABASE_URL.`,
  );
}

function realFolder(dir: string): string {
  try {
    return realpathSync(dir);
  } catch {
    throw new EmbeddedServerError(
      `${dir} is a link to a folder that is gone. Remove the link to start afresh.`,
    );
  }
}

function moveOut(dir: string): string {
  assertOwnCluster(dir);
  try {
    if (existsSync(dir)) rmdirSync(dir);
  } catch {
    throw new EmbeddedServerError(
      `PostgreSQL cannot run as root, and another user may not enter ${path.dirname(dir)}. ` +
        `Allow it with chmod o+x on the folders above, or choose another data folder.`,
    );
  }
  const target = makeSystemFolder();
  symlinkSync(target, dir);
  return target;
}

/** The folder to use and the user to use it as. It may not exist yet; its parent does. */
export function preparePostgresFolder(dir: string): PostgresFolder {
  makePassableFolder(path.dirname(dir));
  const isThere = lstatSync(dir, { throwIfNoEntry: false }) !== undefined;
  const dataDir = isThere ? realFolder(dir) : path.join(realpathSync(path.dirname(dir)), path.basename(dir));
  const identity = choosePostgresIdentity(dataDir);
  if (canEnter(path.dirname(dataDir), identity)) return { dataDir, identity };
  return { dataDir: moveOut(dir), identity };
}
