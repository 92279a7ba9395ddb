// Where reads go: to the replica when there is one that answers and is far enough, else to the primary. Only reads
// that may lag are asked here; what became of a request, and an appointment as it stands, is the primary's to say.

import { DatabaseError, findSequences, isRetryable, type Database } from '@slotline/db';
import type { Logger } from '@slotline/runtime';
import type { TakeWorkTurn } from '../admission/work-turns.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { ApiMetrics } from '../metrics.ts';

export interface WantedState {
  readonly orgId: string;
  /** The answer has to know the org's change of this sequence. */
  readonly minSequence?: number | undefined;
}

export type Read<T> = (db: Database) => Promise<T>;

export interface ReadSide {
  /**
   * Runs `read` on the replica or the primary, all of it on one of them. Throws the `sequence-not-reached` problem
   * when the primary is not as far as wanted either. A replica that fails is left alone for
   * {@link REPLICA_REST_MS}, and whoever asked gets the primary's answer.
   */
  read<T>(wanted: WantedState, read: Read<T>): Promise<T>;
  /** As `read`, but the replica's word that there is nothing is checked with the primary: it may only be late. */
  find<T>(wanted: WantedState, read: Read<T | undefined>): Promise<T | undefined>;
  /** As `read`, on the primary whatever there is. */
  readPrimary<T>(wanted: WantedState, read: Read<T>): Promise<T>;
  /** As `read`, for what belongs to many orgs and may be as old as the replica is. */
  readAny<T>(read: Read<T>): Promise<T>;
}

export interface ReadSideOptions {
  readonly primary: Database;
  readonly replica?: Database | undefined;
  /** Each read of an organisation waits for its turn; left out, none waits. */
  readonly takeTurn?: TakeWorkTurn;
  readonly metrics: ApiMetrics;
  readonly logger: Logger;
  /** Default {@link REPLICA_REST_MS}. */
  readonly replicaRestMs?: number;
}

/** How long a replica that failed is not asked: each try may cost a second of somebody's answer. */
export const REPLICA_REST_MS = 5_000;

type Tried<T> = { readonly kind: 'read'; readonly value: T } | { readonly kind: 'not-read' };

export function createReadSide(options: ReadSideOptions): ReadSide {
  const { primary, replica, metrics, logger, replicaRestMs = REPLICA_REST_MS } = options;
  const takeTurn: TakeWorkTurn = options.takeTurn ?? ((_orgId, read) => read());
  let restsUntil = 0;

  const tryReplica = async <T>(wanted: WantedState | undefined, read: Read<T>): Promise<Tried<T>> => {
    if (replica === undefined || performance.now() < restsUntil) return { kind: 'not-read' };
    try {
      if (await hasReached(replica, wanted)) return { kind: 'read', value: await read(replica) };
      metrics.replicaFallbacks.inc({ reason: 'behind' });
    } catch (cause) {
      if (!isReplicasFault(cause)) throw cause;
      restsUntil = performance.now() + replicaRestMs;
      metrics.replicaFallbacks.inc({ reason: 'away' });
      logger.warn({ err: cause }, 'the read replica failed; the primary answers');
    }
    return { kind: 'not-read' };
  };
  const readPrimary = async <T>(wanted: WantedState | undefined, read: Read<T>): Promise<T> => {
    if (!(await hasReached(primary, wanted))) throw notReached();
    return read(primary);
  };
  const readFrom = async <T>(wanted: WantedState | undefined, read: Read<T>): Promise<T> => {
    const tried = await tryReplica(wanted, read);
    return tried.kind === 'read' ? tried.value : readPrimary(wanted, read);
  };

  return {
    read: (wanted, read) => takeTurn(wanted.orgId, () => readFrom(wanted, read)),
    readPrimary: (wanted, read) => takeTurn(wanted.orgId, () => readPrimary(wanted, read)),
    readAny: (read) => readFrom(undefined, read),
    find: (wanted, read) =>
      takeTurn(wanted.orgId, async () => {
        const tried = await tryReplica(wanted, read);
        return (tried.kind === 'read' ? tried.value : undefined) ?? readPrimary(wanted, read);
      }),
  };
}

async function hasReached(db: Database, wanted: WantedState | undefined): Promise<boolean> {
  if (wanted?.minSequence === undefined || wanted.minSequence === 0) return true;
  const sequences = await findSequences(db, [wanted.orgId]);
  return (sequences.get(wanted.orgId) ?? 0) >= wanted.minSequence;
}

// A statement that was too slow would be too slow on the primary as well, and hold up bookings there.
function isReplicasFault(cause: unknown): boolean {
  return isRetryable(cause) && !(cause instanceof DatabaseError && cause.meaning === 'busy');
}

function notReached(): ProblemError {
  return new ProblemError('sequence-not-reached', {
    detail: 'The org has no change of that sequence yet. Ask again, or without minSequence.',
    headers: { 'Retry-After': '1' },
  });
}
