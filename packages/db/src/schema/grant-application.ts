// Grants the privileges of `APPLICATION_RIGHTS` to the role of the API and the workers and revokes all others on
// these tables. The owner does this after the migrations; it is idempotent.

import pg from 'pg';

import { APPLICATION_RIGHTS } from './application-rights.ts';
import { DatabaseError, failing } from '../sql/failure.ts';
import { scramVerifier } from './scram-verifier.ts';
import { secureConnection } from '../sql/tls.ts';

export interface ApplicationGrant {
  /** URL of the role that owns the tables. It must be able to create roles if the application's role is missing. */
  readonly ownerUrl: string;
  /** URL that the API and the workers connect with; its user is the role that gets the privileges. */
  readonly applicationUrl: string;
  /** If true, the role's password is set from the URL. By default only a newly created role gets it. */
  readonly setsPassword?: boolean | undefined;
}

/** Key of the advisory lock ("GRNT"): two concurrent grants would conflict in the catalog. */
const GRANT_LOCK_CLASS = 0x47524e54;

const CONNECT_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 60_000;

/**
 * Returns the name of the role. Throws a {@link DatabaseError} with instructions if both URLs name the same role,
 * or if the role is missing and the owner may not create it.
 */
export async function grantApplication(grant: ApplicationGrant): Promise<string> {
  const role = readRole(grant.applicationUrl);
  const client = new pg.Client({
    ...secureConnection(grant.ownerUrl),
    application_name: 'slotline-grant',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
  });
  client.on('error', () => {}); // the query in flight is rejected as well
  await failing(async () => {
    await client.connect();
    try {
      await inTransaction(client, () => grantIn(client, grant, role));
    } finally {
      await client.end();
    }
  });
  return role.name;
}

interface Role {
  readonly name: string;
  readonly password: string;
}

function readRole(url: string): Role {
  const { username, password } = new URL(url);
  if (username !== '') return { name: decodeURIComponent(username), password: decodeURIComponent(password) };
  throw new DatabaseError(
    'DATABASE_URL must name a user (user@host), which is the role that gets the privileges',
    {
      meaning: 'broken',
    },
  );
}

async function inTransaction(client: pg.Client, work: () => Promise<void>): Promise<void> {
  await client.query('begin');
  await client.query(`select pg_advisory_xact_lock(${GRANT_LOCK_CLASS}, 0)`);
  await work();
  await client.query('commit');
}

async function grantIn(client: pg.Client, { setsPassword }: ApplicationGrant, role: Role): Promise<void> {
  const isThere = await refuseOwner(client, role.name);
  if (!isThere) await makeRole(client, role);
  else if (setsPassword === true) await setPassword(client, role);
  await client.query(rightsOf(pg.escapeIdentifier(role.name)));
}

/**
 * Whether the role exists. Throws if the role has all rights of the owner, because then no grant would limit it.
 */
async function refuseOwner(client: pg.Client, name: string): Promise<boolean> {
  const { rows } = await client.query<{ owns: boolean }>(
    "select pg_has_role(oid, current_user, 'member') as owns from pg_roles where rolname = $1",
    [name],
  );
  if (rows[0]?.owns !== true) return rows.length > 0;
  throw new DatabaseError(
    `the role "${name}" of DATABASE_URL is the owner, a member of the owner or a superuser, so its privileges ` +
      'cannot be limited. Name another role in DATABASE_URL (a missing one is created), or unset DATABASE_OWNER_URL',
    { meaning: 'broken' },
  );
}

async function makeRole(client: pg.Client, role: Role): Promise<void> {
  const password = await passwordClause(role);
  await client
    .query(`create role ${pg.escapeIdentifier(role.name)} login ${password}`)
    .catch((cause: unknown) => {
      if (!(cause instanceof pg.DatabaseError) || cause.code !== '42501') throw cause;
      throw new DatabaseError(
        `the role "${role.name}" of DATABASE_URL is missing, and the owner may not create it. Create it as an ` +
          `administrator (create role ${pg.escapeIdentifier(role.name)} login password '…'), then migrate again`,
        { meaning: 'broken', cause },
      );
    });
}

async function setPassword(client: pg.Client, role: Role): Promise<void> {
  await client.query(`alter role ${pg.escapeIdentifier(role.name)} login ${await passwordClause(role)}`);
}

const ASCII = /^[\x20-\x7e]+$/;

async function passwordClause({ name, password }: Role): Promise<string> {
  if (ASCII.test(password)) return `password ${pg.escapeLiteral(await scramVerifier(password))}`;
  throw new DatabaseError(
    `the password of "${name}" in DATABASE_URL must be one or more printable ASCII characters, because it is set as ` +
      "the role's password",
    { meaning: 'broken' },
  );
}

/** All statements in one message, so the role never temporarily loses a privilege that it keeps. */
function rightsOf(role: string): string {
  const statements = Object.entries(APPLICATION_RIGHTS).flatMap(([table, rights]) => [
    `revoke all on table ${table} from ${role}`,
    ...(rights.length === 0 ? [] : [`grant ${rights.join(', ')} on table ${table} to ${role}`]),
  ]);
  return statements.join('; ');
}
