// Opens the dependencies of all routes. Each part registers how to close it as soon as it is open, so a start
// that fails halfway leaves nothing open.

import { summarizeJob, type JobText } from '@slotline/contract';
import { findRequests, openDatabase, type Database, type RequestRecord } from '@slotline/db';
import { openOrgQueue, type Durability } from '@slotline/queue';
import { ConfigError, type ClosingStep, type Logger } from '@slotline/runtime';
import { createBodyBudget } from './admission/body-budget.ts';
import { openAdmission } from './admission/open-admission.ts';
import { createWorkTurns } from './admission/work-turns.ts';
import { openAccess } from './access/open-access.ts';
import type { ApiContext } from './routes/api-context.ts';
import { createCheckReadiness } from './routes/check-readiness.ts';
import type { ApiConfig } from './config.ts';
import { createByteBudget } from './http/byte-budget.ts';
import type { Queue } from './intake/accept.ts';
import { DecidedRecords } from './intake/decided-records.ts';
import { openLimits } from './limits/open-limits.ts';
import { createApiMetrics, type ApiMetrics } from './metrics/metrics.ts';
import { openReading, openReplica } from './reading/open-reading.ts';
import type { StreamLimits } from './reading/stream-limits.ts';

export interface ContextOptions {
  readonly logger: Logger;
  readonly stopping: AbortSignal;
  readonly streamLimits: StreamLimits;
  /** Called with every opened part; they must be closed in reverse order. */
  opened(step: ClosingStep): void;
}

/** Large batches that are read at once; one organisation may use all but one of these turns. */
const BATCH_TURNS = 2;

/** Rejects when Redis is unreachable or, in production, when it may lose acknowledged writes. */
export async function openContext(
  config: ApiConfig,
  { logger, stopping, streamLimits, opened }: ContextOptions,
): Promise<ApiContext> {
  warnOfReadableSecrets(config, logger);
  const metrics = createApiMetrics();
  const { primary: db, replica } = openDatabases(config, opened);
  const queue = await openQueue(config, { logger, metrics });
  opened({ name: 'queue', close: () => queue.close() });
  refuseForgetfulRedis(await queue.durability(), { config, logger });
  metrics.showOldestAge(() => queue.oldestAgeMs());
  const access = await openAccess(config, { logger });
  opened({ name: 'access', close: () => access.close() });
  const admission = openAdmission({
    ...{ queue, access, metrics, stopping },
    waitMaxMs: config.admissionWaitMaxMs,
    isOpen: config.auth.kind === 'none',
  });
  opened({ name: 'admission', close: admission.close });
  const { limits, close: closeLimits } = await openLimits(config, { logger });
  opened({ name: 'limits', close: closeLimits });
  const answers = createByteBudget({ bytesMax: config.answerBytesMax });
  metrics.showAnswerBytes(answers.bytes);
  const records = new DecidedRecords((ids) => findRequests(db, ids));
  const { databasePoolMax, streamsMax, orgStreamsMax, webhooks, http } = config;
  const common = { queue, access, metrics, logger, stopping };
  return {
    ...common,
    ...openReading({
      ...common,
      primary: db,
      replica,
      databasePoolMax,
      streamsMax,
      orgStreamsMax,
      streamLimits,
    }),
    db,
    records,
    checkReadiness: createCheckReadiness({ db, queue }),
    webhooks,
    http,
    limits,
    admission,
    bodies: createBodyBudget(config.bodiesBytesMax),
    takeBatchTurn: createWorkTurns({ turnsMax: BATCH_TURNS, what: 'batches' }),
    answers,
  };
}

function openDatabases(
  config: ApiConfig,
  opened: ContextOptions['opened'],
): { primary: Database; replica: Database | undefined } {
  const primary = openDatabase({
    url: config.databaseUrl,
    poolMax: config.databasePoolMax,
    applicationName: 'slotline-api',
  });
  opened({ name: 'database', close: () => primary.close() });
  const replica = openReplica(config);
  if (replica !== undefined) opened({ name: 'replica', close: () => replica.close() });
  return { primary, replica };
}

function openQueue(
  config: ApiConfig,
  { logger, metrics }: { logger: Logger; metrics: ApiMetrics },
): Promise<Queue> {
  return openOrgQueue<JobText, RequestRecord>({
    redisUrl: config.redisUrl,
    redisCa: config.redisCa,
    name: config.queueName,
    shards: config.queueShards,
    mailboxMax: config.mailboxMax,
    mailboxBytesMax: config.mailboxBytesMax,
    summarize: summarizeJob,
    minReplicas: config.redisMinReplicas,
    onEvent: (event) => {
      metrics.queueEvents.inc({ kind: event.kind });
      const { kind, ...facts } = event;
      logger.warn(
        'cause' in facts ? { ...facts, cause: undefined, err: facts.cause } : facts,
        `queue: ${kind}`,
      );
    },
  });
}

// A 202 guarantees that the request survives a crash. A Redis that syncs later, or evicts, cannot guarantee
// that.
function refuseForgetfulRedis(
  durability: Durability,
  { config, logger }: { config: ApiConfig; logger: Logger },
): void {
  if (durability.isDurable === true) return;
  if (config.mustBeDurable) {
    throw new ConfigError(
      'Redis may forget what it acknowledged. It needs appendonly yes, appendfsync always and ' +
        'maxmemory-policy noeviction; ACCEPT_DURABILITY=relaxed starts all the same and gives the promise up.',
    );
  }
  logger.warn({ durability }, 'Redis may forget accepted requests when it crashes');
}

function warnOfReadableSecrets({ webhooks }: ApiConfig, logger: Logger): void {
  if (webhooks.secretsKey !== undefined) return;
  logger.warn(
    'WEBHOOK_SECRETS_KEY is unset: anyone with read access to the database can sign as this service',
  );
}
