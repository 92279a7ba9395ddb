// Assembles the read side: where reads go, how changes wake waiters, and which streams are open.

import { findSequences, openDatabase, type Database } from '@slotline/db';
import type { Logger } from '@slotline/runtime';
import type { Access } from '../access/access.ts';
import { createWorkTurns } from '../admission/work-turns.ts';
import { createOpenStreams, type OpenStreams } from './open-streams.ts';
import type { Queue } from '../intake/accept.ts';
import type { ApiMetrics } from '../metrics/metrics.ts';
import type { StreamLimits } from './stream-limits.ts';
import { createReadChanges, type ReadChanges } from './read-changes.ts';
import { createReadSide, type ReadSide } from './read-side.ts';
import { createChangeWatch, type ChangeWatch } from './watch-changes.ts';

export interface Reading {
  readonly reads: ReadSide;
  readonly changes: ChangeWatch;
  readonly readChanges: ReadChanges;
  readonly streams: OpenStreams;
  readonly streamLimits: StreamLimits;
}

export interface ReadingOptions {
  readonly primary: Database;
  readonly replica: Database | undefined;
  readonly queue: Queue;
  /** Connections to PostgreSQL; all but one run lists and reads. */
  readonly databasePoolMax: number;
  readonly streamsMax: number;
  readonly orgStreamsMax: number;
  readonly streamLimits: StreamLimits;
  readonly access: Access;
  readonly stopping: AbortSignal;
  readonly metrics: ApiMetrics;
  readonly logger: Logger;
}

export function openReading(options: ReadingOptions): Reading {
  const { queue, streamLimits } = options;
  const takeTurn = createWorkTurns({ turnsMax: Math.max(1, options.databasePoolMax - 1), what: 'reads' });
  const reads = createReadSide({ ...options, takeTurn });
  return {
    reads,
    changes: createChangeWatch({
      queue,
      findSequences: (orgIds) => reads.readAny((db) => findSequences(db, orgIds)),
      pollMs: streamLimits.changesPollMs,
      onFollowers: (count) => options.metrics.feedReaders.set(count),
    }),
    readChanges: createReadChanges(reads),
    streams: createOpenStreams({ ...options, limits: streamLimits }),
    streamLimits,
  };
}

/** Maximum delay that an unreachable replica adds to a read before the primary answers. */
const REPLICA_CONNECT_TIMEOUT_MS = 1_000;

/** The replica of `DATABASE_READ_URL`, with its own pool; `undefined` without one. */
export function openReplica(config: {
  readonly databaseReadUrl: string | undefined;
  readonly databasePoolMax: number;
}): Database | undefined {
  if (config.databaseReadUrl === undefined) return undefined;
  return openDatabase({
    url: config.databaseReadUrl,
    poolMax: config.databasePoolMax,
    applicationName: 'slotline-api-reads',
    connectTimeoutMs: REPLICA_CONNECT_TIMEOUT_MS,
  });
}
