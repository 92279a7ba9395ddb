// A whole service in separate processes, at LOG_LEVEL=trace, on stores with passwords, with a canary in every place
// that can hold a secret. The stores can be stopped and restarted.

import { newApiKey, type Scope } from '@slotline/contract';
import { createKey, grantApplication, migrateToLatest, openDatabase } from '@slotline/db';
import { findFreePort } from '@slotline/embedded';
import { makeTestFolder, startPostgres, startRedis, type RunningServer } from '@slotline/testkit';
import { Redis } from 'ioredis';
import { startApp, type AppProcess } from '../chaos/app-process.ts';

/** A unique text of letters and digits, so that no encoding changes it. */
export const canary = (place: string) => `kanari0${place}`;

export const ORG = 'acme';
const QUEUE_NAME = 'canaries';

export interface CanaryStage {
  readonly api: AppProcess;
  /** Takes tokens of an issuer that does not answer. */
  readonly tokenApi: AppProcess;
  readonly workerUrl: string;
  readonly environment: Record<string, string>;
  /** With the credentials of the owner of the store. */
  readonly redisUrl: string;
  /** Everything that all processes wrote so far. */
  said(): string;
  makeKey(scopes: readonly Scope[]): Promise<string>;
  /** Kills a store, runs `during`, and starts it again on the same data. */
  without(store: 'postgres' | 'redis', during: () => Promise<void>): Promise<void>;
  stop(): Promise<(number | null)[]>;
  close(): Promise<void>;
}

export async function openCanaryStage(): Promise<CanaryStage> {
  const stores = await startStores();
  const environment = { ...stores.environment, ...SETTINGS };
  const ownerUrl = stores.ownerUrls.postgres;
  await migrateToLatest(ownerUrl);
  await grantApplication({ ownerUrl, applicationUrl: environment.DATABASE_URL });
  const healthPort = await findFreePort();
  const started = await Promise.all([
    startApp('api', { ...environment, AUTH: 'keys' }),
    startApp('api', { ...environment, AUTH: 'jwt', ...(await deadIssuer()) }),
    startApp('worker', { ...environment, HEALTH_PORT: String(healthPort) }),
  ]);
  const [api, tokenApi] = started;
  return {
    api,
    tokenApi,
    workerUrl: `http://127.0.0.1:${healthPort}`,
    environment,
    redisUrl: stores.ownerUrls.redis,
    said: () => started.map((app) => app.lastWords()).join(''),
    makeKey: (scopes) => insertKey(stores.ownerUrls.postgres, scopes),
    without: (store, during) => stores.without(store, during),
    stop: () => Promise.all(started.map((app) => app.stop())),
    close: async () => {
      await Promise.all(started.map((app) => app.kill()));
      await stores.stop();
    },
  };
}

const SETTINGS = {
  LOG_LEVEL: 'trace',
  PORT: '0',
  ADMIN_PORT: '0',
  QUEUE_NAME,
  WEBHOOK_ALLOW_PRIVATE: 'true',
  // 32 bytes; their base64 begins with the canary.
  WEBHOOK_SECRETS_KEY: Buffer.from(canary('sealing').padEnd(43, '0') + '=', 'base64').toString('base64'),
};

async function deadIssuer(): Promise<Record<string, string>> {
  const port = await findFreePort();
  return {
    JWT_JWKS_URL: `http://127.0.0.1:${port}/${canary('jwkspath')}?key=${canary('jwksquery')}`,
    JWT_ISSUER: 'https://issuer.example',
    JWT_AUDIENCE: 'slotline',
  };
}

async function insertKey(url: string, scopes: readonly Scope[]): Promise<string> {
  const { keyId, secretHash, text } = newApiKey();
  const db = openDatabase({ url, poolMax: 1 });
  await createKey(db, { keyId, secretHash, orgId: ORG, name: 'a test', scopes, expiresAt: null });
  await db.close();
  return text;
}

interface Stores {
  readonly ownerUrls: { readonly postgres: string; readonly redis: string };
  readonly environment: Readonly<Record<'DATABASE_URL' | 'REDIS_URL', string>>;
  without(store: 'postgres' | 'redis', during: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

const REDIS_PASSWORD = canary('redispassword');
const DATABASE_PASSWORD = canary('databasepassword');

async function startStores(): Promise<Stores> {
  const dirs = { postgres: makeTestFolder('postgres'), redis: makeTestFolder('redis') };
  const starts = {
    postgres: (port?: number) =>
      startPostgres({ dir: dirs.postgres, durable: true, ...(port === undefined ? {} : { port }) }),
    redis: async (port?: number) => {
      const server = await startRedis({ dir: dirs.redis, ...(port === undefined ? {} : { port }) });
      await addRedisUser(server.url);
      return server;
    },
  };
  const [postgres, redis] = await Promise.all([starts.postgres(), starts.redis()]);
  const running: Record<'postgres' | 'redis', RunningServer> = { postgres, redis };
  return {
    ownerUrls: { postgres: postgres.url, redis: redis.url },
    environment: {
      DATABASE_URL: `postgres://app:${DATABASE_PASSWORD}@127.0.0.1:${postgres.port}/postgres`,
      REDIS_URL: `redis://app:${REDIS_PASSWORD}@127.0.0.1:${redis.port}`,
    },
    without: async (store, during) => {
      const { port } = running[store];
      await running[store].kill();
      await during();
      running[store] = await starts[store](port);
    },
    stop: async () => void (await Promise.all(Object.values(running).map((server) => server.stop()))),
  };
}

// Gone with every restart, so the apps meet a refused password too before it is there again.
async function addRedisUser(url: string): Promise<void> {
  const redis = new Redis(url);
  await redis.call('ACL', 'SETUSER', 'app', 'on', `>${REDIS_PASSWORD}`, '~*', '&*', '+@all');
  redis.disconnect();
}
