/** Every setting of this command's own. The rest of the environment is handed to the apps, which check theirs. */
import path from 'node:path';
import {
  caFile,
  databaseUrl,
  integer,
  logLevel,
  proveDatabase,
  readConfig,
  redisUrl,
  type Environment,
} from '@slotline/runtime';
import { z } from 'zod';
import { CliError } from './cli-error.ts';
import type { DatabaseUrls } from './migrate-database.ts';
import { PROJECT_DIR } from './project.ts';

const schema = z
  .object({
    /** Unset: a PostgreSQL of our own. */
    DATABASE_URL: databaseUrl.optional(),
    /** Of the role that owns the tables, for the migrations. Unset: DATABASE_URL. The apps never get it. */
    DATABASE_OWNER_URL: databaseUrl.optional(),
    /** Unset: a Redis of our own. */
    REDIS_URL: redisUrl.optional(),
    DATABASE_CA_FILE: caFile.optional(),
    REDIS_CA_FILE: caFile.optional(),
    /** Beyond loopback the API wants AUTH too. */
    HOST: z.string().default('127.0.0.1'),
    /** 0 takes any free one. */
    PORT: integer({ min: 0, max: 65_535 }).default(3_000),
    ADMIN_HOST: z.string().default('127.0.0.1'),
    ADMIN_PORT: integer({ min: 0, max: 65_535 }).default(3_001),
    /** The apps check it; here it decides what to tell a newcomer. */
    AUTH: z.string().default('none'),
    /** Where our own servers keep their data, and where our own key is. */
    DATA_DIR: z.string().default(path.join(PROJECT_DIR, '.slotline')),
    /** Worker processes. Each takes LANES database connections of the 100 our own PostgreSQL has. */
    WORKERS: integer({ min: 1, max: 16 }).default(1),
    /** Unset: one of our own, made once into the data folder. The apps check it. */
    WEBHOOK_SECRETS_KEY: z.string().optional(),
    /** Unset: warnings and worse only. */
    LOG_LEVEL: logLevel.unwrap().optional(),
    NO_COLOR: z.string().optional(),
    /** Set by whoever ran us as a script of the project. */
    npm_config_user_agent: z.string().optional(),
  })
  .refine((env) => env.DATABASE_CA_FILE === undefined || env.DATABASE_URL !== undefined, {
    path: ['DATABASE_CA_FILE'],
    message: 'must not be set without DATABASE_URL: a PostgreSQL of our own is on loopback and plain',
  })
  .refine((env) => env.DATABASE_OWNER_URL === undefined || env.DATABASE_URL !== undefined, {
    path: ['DATABASE_OWNER_URL'],
    message: 'must not be set without DATABASE_URL: a PostgreSQL of our own makes its own roles',
  })
  .refine((env) => env.REDIS_CA_FILE === undefined || env.REDIS_URL !== undefined, {
    path: ['REDIS_CA_FILE'],
    message: 'must not be set without REDIS_URL: a Redis of our own is on loopback and plain',
  })
  .transform((env) => ({
    databaseUrl: env.DATABASE_URL && proveDatabase(env.DATABASE_URL, env.DATABASE_CA_FILE),
    ownerUrl: env.DATABASE_OWNER_URL && proveDatabase(env.DATABASE_OWNER_URL, env.DATABASE_CA_FILE),
    redisUrl: env.REDIS_URL,
    host: env.HOST,
    port: env.PORT,
    admin: { host: env.ADMIN_HOST, port: env.ADMIN_PORT },
    auth: env.AUTH,
    dataDir: path.resolve(env.DATA_DIR),
    workers: env.WORKERS,
    secretsKey: env.WEBHOOK_SECRETS_KEY,
    logLevel: env.LOG_LEVEL,
    isColourRefused: env.NO_COLOR !== undefined,
    command: commandOf(env.npm_config_user_agent),
  }));

/** How this program is run again: without an installation, as it was, or by its name. */
function commandOf(userAgent = ''): string {
  const version = /^pnpm\/(\S+)/.exec(userAgent)?.[1];
  return version === undefined ? 'slotline' : `npx -y pnpm@${version} slotline`;
}

export type UpConfig = z.output<typeof schema>;

/** Throws a `ConfigError` that names every bad setting. */
export function readUpConfig(environment: Environment): UpConfig {
  return readConfig(schema, environment);
}

const databaseSettings = z.object({
  DATABASE_URL: databaseUrl.optional(),
  DATABASE_CA_FILE: caFile.optional(),
});

const migrateSchema = databaseSettings.extend({ DATABASE_OWNER_URL: databaseUrl.optional() });

/** The database to migrate; throws a `CliError` when none is named. */
export function readMigrateConfig(environment: Environment): DatabaseUrls {
  const { DATABASE_URL, DATABASE_OWNER_URL, DATABASE_CA_FILE } = readConfig(migrateSchema, environment);
  if (DATABASE_URL !== undefined) {
    const [databaseUrl = '', ownerUrl = ''] = [DATABASE_URL, DATABASE_OWNER_URL ?? DATABASE_URL].map((url) =>
      proveDatabase(url, DATABASE_CA_FILE),
    );
    return { databaseUrl, ownerUrl };
  }
  throw new CliError(
    'DATABASE_URL is unset, so there is nothing to migrate. Set it to a postgres:// URL. ' +
      '(`slotline up` migrates the database it starts by itself.)',
  );
}

const keysSchema = databaseSettings.extend({
  /** Where a running `up` keeps its own PostgreSQL. */
  DATA_DIR: z.string().default(path.join(PROJECT_DIR, '.slotline')),
});

/** The database that has the keys, as far as the environment names it; else where `up` would run its own. */
export function readKeysConfig(environment: Environment): {
  databaseUrl: string | undefined;
  dataDir: string;
} {
  const { DATABASE_URL, DATABASE_CA_FILE, DATA_DIR } = readConfig(keysSchema, environment);
  const databaseUrl = DATABASE_URL && proveDatabase(DATABASE_URL, DATABASE_CA_FILE);
  return { databaseUrl, dataDir: path.resolve(DATA_DIR) };
}

/** The key that `import` sends, when the environment has one. */
export function readImportKey(environment: Environment): string | undefined {
  return readConfig(z.object({ SLOTLINE_KEY: z.string().optional() }), environment).SLOTLINE_KEY;
}

const adminUrl = z
  .string()
  .transform((text, context) => {
    const url = URL.parse(text);
    if (url !== null && ['http:', 'https:'].includes(url.protocol)) return url;
    context.addIssue({ code: 'custom', message: 'must be an http or https address' });
    return z.NEVER;
  })
  .default(new URL('http://127.0.0.1:3001'));

const adminSchema = z
  .object({
    /** The operators' port of a running service. */
    SLOTLINE_ADMIN_URL: adminUrl,
    /** An operator's key. Not an option: whoever lists processes would see it. */
    SLOTLINE_KEY: z.string().optional(),
  })
  .transform((env) => ({ url: env.SLOTLINE_ADMIN_URL, key: env.SLOTLINE_KEY }));

export type AdminConfig = z.output<typeof adminSchema>;

/** `url`, when it is given, is used instead of the environment's. Throws a `ConfigError` that names what is bad. */
export function readAdminConfig(environment: Environment, url?: string): AdminConfig {
  return readConfig(adminSchema, {
    ...environment,
    ...(url === undefined ? {} : { SLOTLINE_ADMIN_URL: url }),
  });
}
