/**
 * The user that PostgreSQL runs as. PostgreSQL refuses to run as root, so a root parent uses the owner of an existing
 * data folder, or else `nobody`. Any other user runs it as itself.
 */
import { statSync } from 'node:fs';
import path from 'node:path';
import { EmbeddedServerError } from './embedded-error.ts';

/** Empty: the parent's own user. */
export interface PostgresIdentity {
  uid?: number;
  gid?: number;
}

/** A data folder, and the user its server runs as. */
export interface PostgresFolder {
  dataDir: string;
  identity: PostgresIdentity;
}

/** The traditional uid and gid of `nobody`: needs no account and owns nothing. */
const NOBODY = 65_534;

/** The user for the data folder's server; throws if this process cannot run as the folder's owner. */
export function choosePostgresIdentity(dataDir: string): PostgresIdentity {
  const owner = statSync(dataDir, { throwIfNoEntry: false });
  const self = process.getuid?.();
  if (self === 0) {
    return owner === undefined || owner.uid === 0
      ? { uid: NOBODY, gid: NOBODY }
      : { uid: owner.uid, gid: owner.gid };
  }
  if (owner !== undefined && self !== undefined && owner.uid !== self) {
    throw new EmbeddedServerError(
      `The data folder ${dataDir} belongs to user ${owner.uid} and you are user ${self}. ` +
        'Start as the user who created it (root, if it was root), or choose another folder.',
    );
  }
  return {};
}

function bitFor(stat: { uid: number; gid: number; mode: number }, identity: PostgresIdentity): number {
  if (stat.uid === identity.uid) return stat.mode >> 6;
  return stat.gid === identity.gid ? stat.mode >> 3 : stat.mode;
}

/** Whether that user may enter the existing folder and every folder above it. */
export function canEnter(dir: string, identity: PostgresIdentity): boolean {
  if (identity.uid === undefined) return true;
  if ((bitFor(statSync(dir), identity) & 1) === 0) return false;
  const parent = path.dirname(dir);
  return parent === dir || canEnter(parent, identity);
}
