// Chooses between replica and primary when the replica fails and returns. Each read returns the name of its
// database, because its content does not matter here.

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  DatabaseError,
  openDatabase,
  pingDatabase,
  RetryableError,
  TerminalError,
  type Database,
} from '@slotline/db';
import { createLogger } from '@slotline/runtime';
import { createTestDatabase, type TestDatabase } from '@slotline/testkit';
import { createApiMetrics } from '../src/metrics/metrics.ts';
import { createReadSide, type ReadSide } from '../src/reading/read-side.ts';

const LOGGER = createLogger({ app: 'test', level: 'silent' });

let database: TestDatabase;
let primary: Database;
let replica: Database;
let away: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  primary = openDatabase({ url: database.applicationUrl });
  replica = openDatabase({ url: database.applicationUrl });
  away = openDatabase({ url: 'postgres://127.0.0.1:1/none' });
});
afterAll(async () => {
  await Promise.all([primary.close(), replica.close(), away.close()]);
  await database.drop();
});

function setUp(second: Database | undefined, restMs = 0) {
  const metrics = createApiMetrics();
  const reads = createReadSide({ primary, replica: second, metrics, logger: LOGGER, replicaRestMs: restMs });
  const fallbacks = async (reason: string) => {
    const { values } = await metrics.replicaFallbacks.get();
    return values.find(({ labels }) => labels.reason === reason)?.value ?? 0;
  };
  return { reads, fallbacks };
}

async function nameOf(reads: ReadSide): Promise<string> {
  return reads.read({ orgId: 'acme' }, async (db) => {
    await pingDatabase(db);
    return db === primary ? 'primary' : 'replica';
  });
}

it('without a replica the primary answers', async () => {
  expect(await nameOf(setUp(undefined).reads)).toBe('primary');
});

it('with a replica, the replica answers', async () => {
  const { reads, fallbacks } = setUp(replica);
  expect([await nameOf(reads), await fallbacks('away')]).toEqual(['replica', 0]);
});

it('an unreachable replica is tried again after its pause, and not before', async () => {
  const resting = setUp(away, 1e9);
  expect([await nameOf(resting.reads), await nameOf(resting.reads)]).toEqual(['primary', 'primary']);
  expect(await resting.fallbacks('away')).toBe(1);
  const eager = setUp(away, 0);
  expect([await nameOf(eager.reads), await nameOf(eager.reads)]).toEqual(['primary', 'primary']);
  expect(await eager.fallbacks('away')).toBe(2);
});

function failingOnReplica(cause: unknown) {
  return async (db: Database) => {
    if (db === replica) throw cause;
    return 'primary';
  };
}

it.each<[string, unknown]>([
  ['lost a race with its recovery', new RetryableError('x', { meaning: 'again' })],
  ['has another schema', new RetryableError('x', { meaning: 'broken' })],
])('a replica that %s is skipped', async (_what, cause) => {
  const { reads, fallbacks } = setUp(replica);
  expect(await reads.read({ orgId: 'acme' }, failingOnReplica(cause))).toBe('primary');
  expect(await fallbacks('away')).toBe(1);
});

it.each<[string, unknown]>([
  ['too slow', new RetryableError('x', { meaning: 'busy' })],
  ['wrong in itself', new TerminalError('x', { meaning: 'refused' })],
  ['a mistake of ours', new TypeError('x')],
])('a read that is %s fails without a retry on the primary', async (_what, cause) => {
  const { reads, fallbacks } = setUp(replica);
  await expect(reads.read({ orgId: 'acme' }, failingOnReplica(cause))).rejects.toBe(cause);
  expect(await fallbacks('away')).toBe(0);
});

it('while the primary is unreachable too, its failure is returned', async () => {
  const metrics = createApiMetrics();
  const reads = createReadSide({ primary: away, replica: away, metrics, logger: LOGGER });
  await expect(nameOf(reads)).rejects.toBeInstanceOf(DatabaseError);
});
