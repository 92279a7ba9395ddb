/**
 * One owner for a data folder at a time: `<folder>.owner` names the process that runs a server on it.
 * A dead owner's claim is taken over, a living one's is refused. Does not cover the server process itself,
 * which may outlive its owner; the start functions take that over.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { EmbeddedServerError } from './embedded-error.ts';
import { makePassableFolder } from './make-passable-folder.ts';
import { findStartTime, isAlive } from './process-table.ts';
import { errorMessage, findErrorCode } from './system-error.ts';

const CLAIM_TRIES_MAX = 5;
const OWNER_SUFFIX = '.owner';

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function livingOwner(claim: string): number | undefined {
  const [pid, startTime] = claim.split(' ');
  const owner = Number(pid);
  return owner > 0 && isAlive(owner) && findStartTime(owner) === startTime ? owner : undefined;
}

function cannotClaim(dir: string, error: unknown): EmbeddedServerError {
  return new EmbeddedServerError(
    `The data folder ${dir} cannot be used: ${errorMessage(error)}. ` +
      'Start as the user it belongs to, or choose another folder.',
  );
}

/** Creates the file with its whole content in one step, so no process reads a partial claim. */
function create(file: string, content: string): boolean {
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(draft, content, { mode: 0o600 });
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (findErrorCode(error) === 'EEXIST') return false;
    throw cannotClaim(file.slice(0, -OWNER_SUFFIX.length), error);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Moves a dead owner's claim away. When another process was quicker, its fresh claim is put back. */
function clear(file: string, stale: string): void {
  const aside = `${file}.stale-${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  const moved = read(aside);
  if (moved !== undefined && moved !== stale) create(file, moved);
  rmSync(aside, { force: true });
}

/** Claims the folder for this process; the answer gives the claim back. Throws when a living process holds it. */
export function claimFolder(dir: string): () => void {
  const file = dir + OWNER_SUFFIX;
  const mine = `${process.pid} ${findStartTime(process.pid) ?? ''}`;
  try {
    makePassableFolder(path.dirname(dir));
  } catch (error) {
    throw cannotClaim(dir, error);
  }
  for (let tries = 0; tries < CLAIM_TRIES_MAX; tries += 1) {
    if (create(file, mine)) return () => rmSync(file, { force: true });
    const claim = read(file);
    const owner = claim === undefined ? undefined : livingOwner(claim);
    if (owner !== undefined) {
      throw new EmbeddedServerError(
        `The data folder ${dir} is in use by process ${owner}. Stop that process first, or choose another folder.`,
      );
    }
    if (claim !== undefined) clear(file, claim);
  }
  throw new EmbeddedServerError(`The data folder ${dir} is being claimed by other processes. Try again.`);
}
