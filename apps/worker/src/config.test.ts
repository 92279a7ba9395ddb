import { expect, it } from '@jest/globals';
import { GROUP_REQUESTS_MAX } from '@slotline/db';
import { ConfigError } from '@slotline/runtime';
import { readWorkerConfig } from './config.ts';

const GOOD = { DATABASE_URL: 'postgres://127.0.0.1/db', REDIS_URL: 'redis://127.0.0.1' };

it('a group may be as large as a transaction allows, and no larger', () => {
  const read = (max: number) => readWorkerConfig({ ...GOOD, COMMIT_GROUP_MAX: String(max) });
  expect(read(GROUP_REQUESTS_MAX).commitGroupMax).toBe(GROUP_REQUESTS_MAX);
  expect(() => read(GROUP_REQUESTS_MAX + 1)).toThrow(ConfigError);
});

it('there is a health server only when its port is set', () => {
  expect(readWorkerConfig(GOOD).health).toBeUndefined();
  expect(readWorkerConfig({ ...GOOD, HEALTH_PORT: '0' }).health).toEqual({ port: 0, host: '127.0.0.1' });
});

it('a process decides and delivers, or does only one of them', () => {
  const rolesOf = (text?: string) => readWorkerConfig({ ...GOOD, WORKER_ROLES: text }).roles;
  expect(rolesOf()).toEqual(['decide', 'deliver']);
  expect(rolesOf('deliver')).toEqual(['deliver']);
  expect(rolesOf('deliver, decide')).toEqual(['decide', 'deliver']);
  for (const bad of ['rest', 'decide,rest', ',']) expect(() => rolesOf(bad)).toThrow(/WORKER_ROLES: must be/);
});

it('private receivers are for tests and development, never for production', () => {
  const read = (environment: Record<string, string>) =>
    readWorkerConfig({ ...GOOD, ...environment }).webhook.policy.allowPrivate;
  expect(read({})).toBe(false);
  expect(read({ WEBHOOK_ALLOW_PRIVATE: 'true' })).toBe(true);
  expect(read({ WEBHOOK_ALLOW_PRIVATE: 'false', NODE_ENV: 'production' })).toBe(false);
  expect(() => read({ WEBHOOK_ALLOW_PRIVATE: 'true', NODE_ENV: 'production' })).toThrow(
    /WEBHOOK_ALLOW_PRIVATE: must not be true with NODE_ENV=production/,
  );
  expect(() => read({ WEBHOOK_ALLOW_PRIVATE: 'yes' })).toThrow(ConfigError);
});

it('the key of the secrets is 32 bytes in base64, and is never part of the error', () => {
  const key = Buffer.alloc(32, 7);
  const read = (text: string) => readWorkerConfig({ ...GOOD, WEBHOOK_SECRETS_KEY: text }).webhook.secretsKey;
  expect(read(key.toString('base64'))).toEqual(new Uint8Array(key));
  const bad = [
    key.toString('hex'),
    key.subarray(1).toString('base64'),
    `${key.toString('base64')}!`,
    'secret',
  ];
  for (const text of bad) {
    expect(() => read(text)).toThrow(/WEBHOOK_SECRETS_KEY: must be the base64 of 32 bytes$/);
    expect(() => read(text)).not.toThrow(text);
  }
});

it('ports are separated by commas', () => {
  const read = (text?: string) => readWorkerConfig({ ...GOOD, WEBHOOK_PORTS: text }).webhook.policy.ports;
  expect(read()).toEqual([443, 8443]);
  expect(read('443, 9000')).toEqual([443, 9000]);
  for (const bad of ['0', '65536', '443,', 'https'])
    expect(() => read(bad)).toThrow(/WEBHOOK_PORTS: must be/);
});

it('the former names of settings are read, with a warning for each', () => {
  const { lanes, concurrency, delivery, warnings } = readWorkerConfig({
    ...GOOD,
    LANES: '3',
    TURNS: '5',
    DELIVERY_TURNS: '7',
  });
  expect([lanes, concurrency, delivery.turns, warnings.length]).toEqual([3, 5, 7, 3]);
  expect(readWorkerConfig({ ...GOOD, COMMIT_CONCURRENCY: '4' })).toMatchObject({ lanes: 4, warnings: [] });
});
