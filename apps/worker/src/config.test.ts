import { expect, it } from '@jest/globals';
import { GROUP_REQUESTS_MAX } from '@slotline/db';
import { ConfigError } from '@slotline/runtime';
import { readWorkerConfig } from './config.ts';

const GOOD = { DATABASE_URL: 'postgres://127.0.0.1/db', REDIS_URL: 'redis://127.0.0.1' };

it('a group may be as large as a transaction takes, and no larger', () => {
  const read = (max: number) => readWorkerConfig({ ...GOOD, COMMIT_GROUP_MAX: String(max) });
  expect(read(GROUP_REQUESTS_MAX).commitGroupMax).toBe(GROUP_REQUESTS_MAX);
  expect(() => read(GROUP_REQUESTS_MAX + 1)).toThrow(ConfigError);
});

it('there is a health server only when its port is set', () => {
  expect(readWorkerConfig(GOOD).health).toBeUndefined();
  expect(readWorkerConfig({ ...GOOD, HEALTH_PORT: '0' }).health).toEqual({ port: 0, host: '127.0.0.1' });
});
