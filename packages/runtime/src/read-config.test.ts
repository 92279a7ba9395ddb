import { expect, it } from '@jest/globals';
import { z } from 'zod';
import {
  base64Of,
  ConfigError,
  flag,
  integer,
  logLevel,
  portList,
  readConfig,
  readRenamed,
  urlOf,
} from './read-config.ts';

const SCHEMA = z.object({
  PORT: integer({ min: 0, max: 65_535 }).default(3_000),
  LANES: integer({ min: 1, max: 64 }),
  DATABASE_URL: urlOf('postgres', 'postgresql'),
  MODE: z.enum(['strict', 'relaxed']).default('strict'),
  LOG_LEVEL: logLevel,
});

const GOOD = { LANES: '2', DATABASE_URL: 'postgres://u:canary-password@127.0.0.1/db' };

function refusalOf(environment: Record<string, string | undefined>): string {
  try {
    readConfig(SCHEMA, environment);
  } catch (error) {
    // Not `instanceof Error`: what zod and node throw may come from another realm.
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'it reads';
}

it('what is set is read, what is unset or empty has its default', () => {
  expect(readConfig(SCHEMA, { ...GOOD, PORT: '', MODE: undefined, OTHER: 'x' })).toEqual({
    PORT: 3_000,
    LANES: 2,
    DATABASE_URL: GOOD.DATABASE_URL,
    MODE: 'strict',
    LOG_LEVEL: 'info',
  });
});

it('a refusal names every bad variable, each on a line, and shows no value', () => {
  const bad = {
    PORT: 'canary-1',
    LANES: '65',
    DATABASE_URL: 'mysql://u:canary-2@127.0.0.1/db',
    MODE: 'canary-3',
    LOG_LEVEL: 'canary-4',
  };
  const message = refusalOf(bad);
  const [title, ...lines] = message.split('\n');
  expect(title).toBe('These settings cannot be used:');
  expect(lines.map((line) => line.split(':')[0]?.trim())).toEqual(Object.keys(bad));
  expect(message).not.toContain('canary');
});

it('an empty variable that is needed is a missing one', () => {
  expect(refusalOf({ ...GOOD, DATABASE_URL: '' })).toContain('DATABASE_URL: must be set to a postgres');
});

it.each([
  '-1',
  '65536',
  '1.5',
  'ten',
  '1e3',
  '0x10',
  ' ',
  ' 80',
  '80 ',
  '+80',
  'Infinity',
  'NaN',
  'true',
  '9'.repeat(400),
])('%j is no port, and the bounds are said', (PORT) => {
  expect(refusalOf({ ...GOOD, PORT })).toContain('PORT: must be a whole number from 0 to 65535');
});

it.each([
  ['0', 0],
  ['65535', 65_535],
  ['0080', 80],
])('%j is the port %i', (PORT, port) => {
  expect(readConfig(SCHEMA, { ...GOOD, PORT }).PORT).toBe(port);
});

it.each(['http://127.0.0.1', 'postgres:/x', 'POSTGRES', '127.0.0.1:5432', 'postgres://a b'])(
  '%j is no address of a database',
  (DATABASE_URL) => {
    expect(refusalOf({ ...GOOD, DATABASE_URL })).toContain('postgres:// or postgresql://');
  },
);

const LISTED = z.object({ IS_ON: flag.optional(), PORTS: portList.optional(), KEY: base64Of(4).optional() });

it.each([
  [{ IS_ON: 'true' }, { IS_ON: true }],
  [{ IS_ON: 'false' }, { IS_ON: false }],
  [{ PORTS: '443' }, { PORTS: [443] }],
  [{ PORTS: '443, 8443 ,1' }, { PORTS: [443, 8_443, 1] }],
  [{ KEY: '/+8AAQ==' }, { KEY: new Uint8Array([255, 239, 0, 1]) }],
])('%j is read', (environment, config) => {
  expect(readConfig(LISTED, environment)).toEqual(config);
});

it.each([
  [{ IS_ON: 'yes' }, 'IS_ON: must be true or false'],
  [{ IS_ON: 'TRUE' }, 'IS_ON: must be true or false'],
  ...['0', '65536', '443,', 'https', '4 43', '-1', '443;8443'].map((PORTS) => [
    { PORTS },
    'PORTS: must be ports from 1 to 65535, with commas between',
  ]),
  ...['/+8AAQ', '/+8AAQ= =', ' /+8AAQ==', '/+8A', '/+8AAQE=', '_-8AAQ==', 'canary'].map((KEY) => [
    { KEY },
    'KEY: must be the base64 of 4 bytes',
  ]),
] as [Record<string, string>, string][])('%j cannot be used', (environment, refusal) => {
  const refuse = () => readConfig(LISTED, environment);
  expect(refuse).toThrow(ConfigError);
  expect(refuse).toThrow(refusal);
});

it('a renamed setting is read under its old name, with a warning that names the new one', () => {
  const names = { OLD: 'NEW', FORMER: 'LATTER' };
  expect(readRenamed({ OLD: '3', FORMER: '', OTHER: 'x' }, names)).toEqual({
    environment: { NEW: '3', OTHER: 'x', OLD: '3' },
    warnings: ['OLD is now called NEW. The next release does not read OLD.'],
  });
});

it('of a renamed setting with both names the new one counts', () => {
  const { environment, warnings } = readRenamed({ OLD: '3', NEW: '4' }, { OLD: 'NEW' });
  expect([environment['NEW'], warnings.length]).toEqual(['4', 1]);
});
