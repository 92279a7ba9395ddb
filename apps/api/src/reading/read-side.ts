// Routes reads to the replica when it is reachable and recent enough, else to the primary. Only reads that
// may lag come here; the outcome of a request and the current state of an appointment are read from the
// primary.

import { DatabaseError, findSequences, isRetryable, type Database } from '@slotline/db';
import type { Logger } from '@slotline/runtime';
import type { TakeWorkTurn } from '../admission/work-turns.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { ApiMetrics } from '../metrics/metrics.ts';

interface WantedState {
  readonly orgId: string;
  /** The result must include the org's change with this sequence. */
  readonly minSequence?: number | undefined;
}

type Read<T> = (db: Database) => Promise<T>;

export interface ReadSide {
  /**
   * Runs `read` completely on the replica or completely on the primary. Throws the `sequence-not-reached`
   * problem when the primary has not reached the wanted sequence either. After a failure the replica is not
   * used for {@link REPLICA_REST_MS}, and the primary answers.
   */
  read<T>(wanted: WantedState, read: Read<T>): Promise<T>;
  /** As `read`, but an empty result of the replica is checked on the primary, because the replica may lag. */
  find<T>(wanted: WantedState, read: Read<T | undefined>): Promise<T | undefined>;
  /** As `read`, always on the primary. */
  readPrimary<T>(wanted: WantedState, read: Read<T>): Promise<T>;
  /** As `read`, for data of many orgs that may be as old as the replica. */
  readAny<T>(read: Read<T>): Promise<T>;
}

export interface ReadSideOptions {
  readonly primary: Database;
  readonly replica?: Database | undefined;
  /** Makes each read of an organisation wait for its turn; by default none waits. */
  readonly takeTurn?: TakeWorkTurn;
  readonly metrics: ApiMetrics;
  readonly logger: Logger;
  /** Default {@link REPLICA_REST_MS}. */
  readonly replicaRestMs?: number;
}

/** How long a failed replica is not used: each attempt may delay an answer by a second. */
const REPLICA_REST_MS = 5_000;

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

// A statement too slow for the replica would also be too slow for the primary, and delay bookings there.
function isReplicasFault(cause: unknown): boolean {
  return isRetryable(cause) && !(cause instanceof DatabaseError && cause.meaning === 'busy');
}

function notReached(): ProblemError {
  return new ProblemError('sequence-not-reached', {
    detail: 'The org has no change with that sequence yet. Retry, or omit minSequence.',
    headers: { 'Retry-After': '1' },
  });
}
