/**
 * Every setting of this command itself. The apps get the rest of the environment and check their own
 * settings.
 */
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
    /** Unset: `up` starts its own PostgreSQL. */
    DATABASE_URL: databaseUrl.optional(),
    /**
     * The database as the role that owns the tables, for migrations. Unset: DATABASE_URL. The apps never get
     * it.
     */
    DATABASE_OWNER_URL: databaseUrl.optional(),
    /** Unset: `up` starts its own Redis. */
    REDIS_URL: redisUrl.optional(),
    DATABASE_CA_FILE: caFile.optional(),
    REDIS_CA_FILE: caFile.optional(),
    /** On a host other than loopback the API also requires AUTH. */
    HOST: z.string().default('127.0.0.1'),
    /** 0 selects any free port. */
    PORT: integer({ min: 0, max: 65_535 }).default(3_000),
    ADMIN_HOST: z.string().default('127.0.0.1'),
    ADMIN_PORT: integer({ min: 0, max: 65_535 }).default(3_001),
    /** The apps check it; here it selects the instructions in the banner. */
    AUTH: z.string().default('none'),
    /** The folder of the data of our own servers and of our own key. */
    DATA_DIR: z.string().default(path.join(PROJECT_DIR, '.slotline')),
    /** Worker processes. Each uses COMMIT_CONCURRENCY of the 100 database connections of our own PostgreSQL. */
    WORKERS: integer({ min: 1, max: 16 }).default(1),
    /** Unset: a key that is created once in the data folder. The apps check it. */
    WEBHOOK_SECRETS_KEY: z.string().optional(),
    /** Unset: only warnings and errors. */
    LOG_LEVEL: logLevel.unwrap().optional(),
    NO_COLOR: z.string().optional(),
    /** Set by the package manager when it runs this command as a project script. */
    npm_config_user_agent: z.string().optional(),
  })
  .refine((env) => env.DATABASE_CA_FILE === undefined || env.DATABASE_URL !== undefined, {
    path: ['DATABASE_CA_FILE'],
    message:
      'must not be set without DATABASE_URL: the built-in PostgreSQL is on loopback and does not use TLS',
  })
  .refine((env) => env.DATABASE_OWNER_URL === undefined || env.DATABASE_URL !== undefined, {
    path: ['DATABASE_OWNER_URL'],
    message: 'must not be set without DATABASE_URL: the built-in PostgreSQL creates its own roles',
  })
  .refine((env) => env.REDIS_CA_FILE === undefined || env.REDIS_URL !== undefined, {
    path: ['REDIS_CA_FILE'],
    message: 'must not be set without REDIS_URL: the built-in Redis is on loopback and does not use TLS',
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

/** The command line that runs this program again: through `npx pnpm` in a checkout, else by its name. */
function commandOf(userAgent = ''): string {
  const version = /^pnpm\/(\S+)/.exec(userAgent)?.[1];
  return version === undefined ? 'slotline' : `npx -y pnpm@${version} slotline`;
}

export type UpConfig = z.output<typeof schema>;

/** Throws a `ConfigError` that names every invalid setting. */
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
      '(`slotline up` migrates its own database automatically.)',
  );
}

const keysSchema = databaseSettings.extend({
  /** The folder in which a running `up` keeps its own PostgreSQL. */
  DATA_DIR: z.string().default(path.join(PROJECT_DIR, '.slotline')),
});

/**
 * The database of the keys if the environment names it, and the folder of `up`'s own PostgreSQL otherwise.
 */
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
    context.addIssue({ code: 'custom', message: 'must be an http or https URL' });
    return z.NEVER;
  })
  .default(new URL('http://127.0.0.1:3001'));

const adminSchema = z
  .object({
    /** The operators' port of a running service. */
    SLOTLINE_ADMIN_URL: adminUrl,
    /** An operator's key. Not an option, because arguments are visible in the process list. */
    SLOTLINE_KEY: z.string().optional(),
  })
  .transform((env) => ({ url: env.SLOTLINE_ADMIN_URL, key: env.SLOTLINE_KEY }));

export type AdminConfig = z.output<typeof adminSchema>;

/** `url` overrides the environment. Throws a `ConfigError` that names every invalid setting. */
export function readAdminConfig(environment: Environment, url?: string): AdminConfig {
  return readConfig(adminSchema, {
    ...environment,
    ...(url === undefined ? {} : { SLOTLINE_ADMIN_URL: url }),
  });
}
