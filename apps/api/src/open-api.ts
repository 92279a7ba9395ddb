// One API process: accepts bookings into Redis, reads outcomes from Redis and PostgreSQL. Any number of them
// may run side by side.

import type { JobText } from '@slotline/contract';
import { openDatabase, type RequestRecord } from '@slotline/db';
import { openOrgQueue, type Durability } from '@slotline/queue';
import { closeInOrder, ConfigError, type Logger, type Service } from '@slotline/runtime';
import { openAccess } from './access/open-access.ts';
import type { ApiContext } from './api-context.ts';
import type { ApiConfig } from './config.ts';
import { HTTP_LIMITS, type HttpLimits } from './http-limits.ts';
import { createAccept, type Queue } from './intake/accept.ts';
import { createAwaitOutcomes } from './intake/await-outcomes.ts';
import { createFindRecords } from './intake/find-records.ts';
import { createReadRequests } from './intake/read-requests.ts';
import { createRecallReplays } from './intake/recall-replays.ts';
import { openLimits } from './limits/open-limits.ts';
import { createApiMetrics, type ApiMetrics } from './metrics.ts';
import { openPorts, type Ports } from './open-ports.ts';
import { openReading, openReplica } from './reading/open-reading.ts';
import { createInFlight } from './shed/in-flight.ts';
import { openShedding } from './shed/open-shedding.ts';
import { STREAM_LIMITS, type StreamLimits } from './stream-limits.ts';

export interface Api extends Service {
  readonly address: string;
  readonly port: number;
  /** Of the operators' port: admin routes and metrics. */
  readonly adminAddress: string;
  readonly adminPort: number;
}

export interface ApiOptions {
  readonly logger: Logger;
  /** For tests, which shorten them. */
  readonly streamLimits?: Partial<StreamLimits> | undefined;
  readonly httpLimits?: Partial<HttpLimits> | undefined;
}

/** Rejects when Redis is away or, in production, set up to forget what it acknowledged. */
export async function openApi(
  config: ApiConfig,
  { logger, streamLimits, httpLimits }: ApiOptions,
): Promise<Api> {
  const stop = new AbortController();
  const metrics = createApiMetrics();
  const queue = await openQueue(config, { logger, metrics });
  metrics.showOldestAge(() => queue.oldestAgeMs());
  const db = openDatabase({
    url: config.databaseUrl,
    poolMax: config.databasePoolMax,
    applicationName: 'slotline-api',
  });
  const replica = openReplica(config);
  const accepting = createInFlight();
  const shedding = openShedding({
    settings: config.shed,
    queue,
    accepting,
    metrics,
    stopping: stop.signal,
  });
  const stores = [
    { name: 'shedding', close: shedding.close },
    { name: 'queue', close: () => queue.close() },
    { name: 'database', close: () => db.close() },
    ...(replica === undefined ? [] : [{ name: 'replica', close: () => replica.close() }]),
  ];
  let ports: Ports;
  try {
    refuseForgetfulRedis(await queue.durability(), { config, logger });
    warnOfReadableSecrets(config, logger);
    const access = await openAccess(config, { logger });
    // Closed before the database: it writes there which keys were used.
    stores.unshift({ name: 'access', close: () => access.close() });
    const { limits, close: closeLimits } = await openLimits(config, { logger });
    stores.unshift({ name: 'limits', close: closeLimits });
    const findRecords = createFindRecords(db);
    const context: ApiContext = {
      access,
      db,
      queue,
      accept: accepting.counted(createAccept({ queue, recall: createRecallReplays(findRecords) })),
      readRequests: createReadRequests({ queue, findRecords }),
      awaitOutcomes: createAwaitOutcomes({ queue }),
      ...openReading({
        primary: db,
        replica,
        queue,
        findRecords,
        streamsMax: config.streamsMax,
        streamLimits: { ...STREAM_LIMITS, ...streamLimits },
        access,
        stopping: stop.signal,
        metrics,
        logger,
      }),
      webhooks: config.webhooks,
      http: config.http,
      limits,
      shedding,
      metrics,
      logger,
      stopping: stop.signal,
    };
    ports = await openPorts(context, config, { ...HTTP_LIMITS, ...httpLimits });
  } catch (cause) {
    await closeInOrder(stores, { deadlineMs: STORES_CLOSING_MS, logger });
    throw cause;
  }
  return {
    address: ports.address,
    port: ports.port,
    adminAddress: ports.adminAddress,
    adminPort: ports.adminPort,
    close: async () => {
      stop.abort();
      const isDrained = await closeInOrder(ports.draining, {
        deadlineMs: config.shutdownGraceMs,
        logger,
      });
      ports.cut();
      return (await closeInOrder(stores, { deadlineMs: STORES_CLOSING_MS, logger })) && isDrained;
    },
  };
}

/** What closing the connections to Redis and PostgreSQL may take after the last answer. */
const STORES_CLOSING_MS = 2_000;

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

// A 202 promises that the request survives a crash; a Redis that syncs later or evicts cannot keep that.
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
  logger.warn('WEBHOOK_SECRETS_KEY is unset: whoever reads the database can sign as this service');
}
