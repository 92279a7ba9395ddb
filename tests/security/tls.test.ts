// Verified TLS to PostgreSQL and Redis: with the right authority the service works and no connection is plain;
// otherwise it sends the server no data and reports the reason.

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { migrateToLatest } from '@slotline/db';
import { openOrgQueue } from '@slotline/queue';
import { prepareDatabase, startSystem } from '@slotline/testkit';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import request from 'supertest';
import { PROJECT } from '../chaos/app-process.ts';
import { BOOKING } from '../system/a-booking.ts';
import { startTlsServers, type TlsServers } from './tls-servers.ts';

let servers: TlsServers;
beforeAll(async () => {
  servers = await startTlsServers();
  await prepareDatabase(servers.postgres.url);
});
afterAll(async () => {
  await servers.stop();
});

const databaseAt = (host: string, parameters: Record<string, string> = {}) => {
  const url = new URL(servers.postgres.url);
  url.hostname = host;
  return `${url.href}?${new URLSearchParams(parameters).toString()}`;
};
const redisAt = (host: string) => {
  const { password } = new URL(servers.redis.url);
  return `rediss://:${password}@${host}:${servers.redisTlsPort}`;
};
const provenBy = (caFile: string) => ({ DATABASE_CA_FILE: caFile, REDIS_CA_FILE: caFile });

describe('with the right authority', () => {
  it('a booking is decided, and no connection of ours is plain', async () => {
    const system = await startSystem({
      databaseUrl: databaseAt('localhost'),
      redisUrl: redisAt('localhost'),
      environment: provenBy(servers.caFile),
    });
    try {
      const answer = await request(system.url)
        .post('/api/appointments')
        .set('Prefer', 'wait=20')
        .send(BOOKING);
      expect([answer.status, answer.body.outcome.kind]).toEqual([201, 'created']);
      expect(await plainDatabaseSessions()).toEqual({ ours: expect.any(Number), plain: 0 });
      expect(await redisPortsOf(system.queueName)).toEqual([servers.redisTlsPort]);
    } finally {
      await system.close();
    }
  });

  it('named in the URL as libpq names it, the schema is read and the modes below verify-full are raised', async () => {
    const url = databaseAt('localhost', { sslmode: 'require', sslrootcert: servers.caFile });
    const { status, words } = runMigrate({ DATABASE_URL: url });
    expect([status, words]).toEqual([0, expect.stringContaining('the schema is current')]);
  });
});

describe('PostgreSQL is not spoken to', () => {
  it.each<[string, (to: TlsServers) => string, RegExp]>([
    [
      'signed by another authority',
      ({ otherCaFile }) => databaseAt('localhost', { sslmode: 'verify-full', sslrootcert: otherCaFile }),
      /cannot reach PostgreSQL.*certificate/i,
    ],
    [
      'signed by an authority that Node does not know',
      () => databaseAt('localhost', { sslmode: 'verify-full' }),
      /cannot reach PostgreSQL.*certificate/i,
    ],
    [
      'for another host',
      ({ caFile }) => databaseAt('127.0.0.1', { sslmode: 'verify-full', sslrootcert: caFile }),
      /does not match certificate/,
    ],
  ])('when its certificate is %s', async (_what, urlFor, reason) => {
    await expect(migrateToLatest(urlFor(servers))).rejects.toThrow(reason);
  });

  it('when it has no TLS at all', async () => {
    const plain = process.env['SLOTLINE_TEST_DATABASE_URL'] ?? '';
    await expect(migrateToLatest(`${plain}?sslmode=verify-full`)).rejects.toThrow('does not support SSL');
  });

  it('by an API that goes on accepting, and says so', async () => {
    const system = await startSystem({
      workers: 0,
      databaseUrl: databaseAt('localhost'),
      environment: { DATABASE_CA_FILE: servers.otherCaFile },
    });
    try {
      const accepted = await request(system.url).post('/api/appointments').send(BOOKING);
      const read = await request(system.url).get('/api/appointments/42');
      const ready = await request(system.adminUrl).get('/readyz');
      expect([accepted.status, read.status]).toEqual([202, 503]);
      expect(ready.body).toMatchObject({ status: 'degraded', postgres: 'down' });
    } finally {
      await system.close();
    }
  });
});

describe('Redis is not spoken to', () => {
  it('when its certificate is signed by an authority that Node does not know', async () => {
    await expect(openOrgQueue({ redisUrl: redisAt('localhost') })).rejects.toThrow('TLS cannot be trusted');
  });

  it('when its certificate is signed by another authority, or for another host', async () => {
    const start = (host: string, caFile: string) =>
      startSystem({ redisUrl: redisAt(host), environment: { REDIS_CA_FILE: caFile } });
    await expect(start('localhost', servers.otherCaFile)).rejects.toThrow(
      /cannot reach Redis at localhost:\d+: its TLS cannot be trusted/,
    );
    await expect(start('127.0.0.1', servers.caFile)).rejects.toThrow(/ERR_TLS_CERT_ALTNAME_INVALID/);
  });

  it('in plain, when it has TLS alone on its port', async () => {
    await expect(
      openOrgQueue({ redisUrl: `redis://localhost:${servers.redisTlsPort}` }),
    ).rejects.toMatchObject({ code: 'redis-unavailable' });
  });
});

describe('the environment', () => {
  it('of Node and libpq lowers nothing', () => {
    const { status, words } = runMigrate({
      DATABASE_URL: databaseAt('localhost'),
      DATABASE_CA_FILE: servers.otherCaFile,
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
      PGSSLMODE: 'no-verify',
    });
    expect([status, words]).toEqual([1, expect.stringContaining('certificate')]);
  });

  it.each<[string, (to: TlsServers) => Record<string, string>, string]>([
    ['a CA file that is not there', () => ({ DATABASE_CA_FILE: '/nowhere/ca.pem' }), 'DATABASE_CA_FILE'],
    ['a CA file without certificates', () => ({ REDIS_CA_FILE: import.meta.filename }), 'REDIS_CA_FILE'],
    ['sslmode=prefer', () => ({ DATABASE_URL: 'postgres://localhost/db?sslmode=prefer' }), 'DATABASE_URL'],
    [
      'sslmode=no-verify',
      () => ({ DATABASE_URL: 'postgres://localhost/db?sslmode=no-verify' }),
      'DATABASE_URL',
    ],
    ['ssl=true', () => ({ DATABASE_URL: 'postgres://localhost/db?ssl=true' }), 'DATABASE_URL'],
    [
      'sslmode=disable beside a CA file',
      ({ caFile }) => ({ DATABASE_URL: 'postgres://h/db?sslmode=disable', DATABASE_CA_FILE: caFile }),
      'DATABASE_URL',
    ],
    [
      'a plain Redis beside a CA file',
      ({ caFile }) => ({ REDIS_URL: 'redis://localhost', REDIS_CA_FILE: caFile }),
      'REDIS_URL',
    ],
  ])('with %s is refused at start by its name', async (_what, environmentFor, name) => {
    await expect(startSystem({ workers: 0, environment: environmentFor(servers) })).rejects.toThrow(
      new RegExp(`^These settings cannot be used:\n {2}${name}: .*$`),
    );
  });
});

function runMigrate(environment: Record<string, string>): { status: number | null; words: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--conditions=source', path.join(PROJECT, 'apps/cli/src/main.ts'), 'migrate'],
    { env: { ...process.env, ...environment }, encoding: 'utf8' },
  );
  return { status, words: stdout + stderr };
}

async function plainDatabaseSessions(): Promise<{ ours: number; plain: number }> {
  const client = new Client({ connectionString: servers.postgres.url });
  await client.connect();
  const { rows } = await client.query<{ ours: number; plain: number }>(
    `select count(*)::int as ours, (count(*) filter (where not ssl))::int as plain
       from pg_stat_ssl join pg_stat_activity using (pid) where application_name like 'slotline%'`,
  );
  await client.end();
  const [counted] = rows;
  if (counted === undefined || counted.ours === 0) throw new Error('the system has no session at all');
  return counted;
}

/** The ports of Redis that the clients of one queue are connected to. */
async function redisPortsOf(queueName: string): Promise<number[]> {
  const redis = new Redis(servers.redis.url);
  const clients = String(await redis.client('LIST'));
  redis.disconnect();
  const lines = clients.split('\n').filter((line) => line.includes(`name=${queueName}:`));
  return [...new Set(lines.map((line) => Number(/ laddr=\S+:(\d+)/.exec(line)?.[1])))];
}
