/**
 * The whole service in one call and in this process: an API and workers as production runs them, on a fresh
 * database and key namespace. What crashes for real is tested in tests/chaos with processes of their own.
 */
import { openApi, readApiConfig } from '@slotline/api';
import { createLogger } from '@slotline/runtime';
import { openWorker, readWorkerConfig, type Worker } from '@slotline/worker';
import { applicationUrlOf } from './prepare-database.ts';
import { createTestDatabase } from './test-database.ts';
import { testRedis } from './test-redis.ts';

export interface SystemOptions {
  /** Workers to start with; 0 leaves every request queued. Default 1. */
  readonly workers?: number;
  /** Settings for the API and the workers, by their environment names. */
  readonly environment?: Readonly<Record<string, string>>;
  /** A server of the test's own instead of the shared one. */
  readonly redisUrl?: string;
  /** Of the owner of a database of the test's own, as {@link prepareDatabase} leaves it. */
  readonly databaseUrl?: string;
  /** Times of streams and long polls that a test has to see the end of. */
  readonly streamLimits?: NonNullable<Parameters<typeof openApi>[1]['streamLimits']>;
  /** The same of connections and requests. */
  readonly httpLimits?: NonNullable<Parameters<typeof openApi>[1]['httpLimits']>;
}

export interface System {
  /** `http://127.0.0.1:port` of the API. */
  readonly url: string;
  /** The same of its operators' port. */
  readonly adminUrl: string;
  /** Of the database's owner, to look behind the API; the system itself connects as the application. */
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly queueName: string;
  addWorker(): Promise<Worker>;
  /** Closes the API alone, as SIGTERM does; the workers go on. */
  closeApi(): Promise<boolean>;
  close(): Promise<void>;
}

/** How long a closing part may take in a test before it is cut off. */
const GRACE_MS = '5000';

export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const database = options.databaseUrl === undefined ? await createTestDatabase() : undefined;
  const redis = testRedis(options.redisUrl);
  const databaseUrl = options.databaseUrl ?? database?.url ?? '';
  const environment = {
    DATABASE_URL: applicationUrlOf(databaseUrl),
    REDIS_URL: redis.url,
    QUEUE_NAME: redis.name,
    PORT: '0',
    ADMIN_PORT: '0',
    SHUTDOWN_GRACE_MS: GRACE_MS,
    ...options.environment,
  };
  const logger = createLogger({ app: 'test', level: options.environment?.['LOG_LEVEL'] ?? 'silent' });
  const api = await openApi(readApiConfig(environment), {
    logger,
    streamLimits: options.streamLimits,
    httpLimits: options.httpLimits,
  });
  const workers: Worker[] = [];
  const addWorker = async () => {
    const worker = await openWorker(readWorkerConfig(environment), { logger });
    workers.push(worker);
    return worker;
  };
  for (let count = 0; count < (options.workers ?? 1); count++) await addWorker();
  return {
    url: api.address,
    adminUrl: api.adminAddress,
    databaseUrl,
    redisUrl: environment.REDIS_URL,
    queueName: environment.QUEUE_NAME,
    addWorker,
    closeApi: () => api.close(),
    close: async () => {
      await Promise.all([api.close(), ...workers.map((worker) => worker.close())]);
      await database?.drop();
    },
  };
}
