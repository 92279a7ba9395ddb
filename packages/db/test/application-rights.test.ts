// The role of the API and the workers: its privileges, what it must not do, and how it is created.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { applicationUrlOf, createTestDatabase, type TestDatabase } from '@slotline/testkit';
import pg from 'pg';

import { APPLICATION_RIGHTS } from '../src/schema/application-rights.ts';
import { grantApplication, migrateToLatest } from '../src/index.ts';

let database: TestDatabase;
let owner: pg.Client;
let application: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  owner = await connect(database.url);
  application = await connect(database.applicationUrl);
});
afterAll(async () => {
  await Promise.all([owner.end(), application.end()]);
  await database.drop();
});

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return client;
}

function as(user: string, password: string): string {
  const url = new URL(database.url);
  Object.assign(url, { username: user, password });
  return url.href;
}

const GRANTED = `
  select table_name as name, string_agg(lower(privilege_type), ' ' order by privilege_type) as rights
  from information_schema.role_table_grants where grantee = $1 and table_schema = 'public' group by table_name`;

async function rightsOf(role: string): Promise<Record<string, string[]>> {
  const { rows } = await owner.query<{ name: string; rights: string }>(GRANTED, [role]);
  return Object.fromEntries(rows.map(({ name, rights }) => [name, rights.split(' ')]));
}

const expectedRights = () =>
  Object.fromEntries(
    Object.entries(APPLICATION_RIGHTS).flatMap(([table, rights]) =>
      rights.length === 0 ? [] : [[table, rights.toSorted()]],
    ),
  );

test('APPLICATION_RIGHTS lists every table of the schema', async () => {
  const { rows } = await owner.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'`,
  );
  expect(Object.keys(APPLICATION_RIGHTS).toSorted()).toEqual(rows.map(({ name }) => name).toSorted());
});

test('the application role has exactly the listed privileges, owns nothing and is not a superuser', async () => {
  expect(await rightsOf('slotline_app')).toEqual(expectedRights());
  const { rows } = await application.query(
    `select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
      (select count(*)::int from pg_class where relowner = r.oid) as owned,
      (select count(*)::int from pg_auth_members where member = r.oid) as memberships
    from pg_roles r where rolname = current_user`,
  );
  expect(rows).toEqual([
    {
      ...{ rolsuper: false, rolcreaterole: false, rolcreatedb: false, rolreplication: false },
      ...{ rolbypassrls: false, owned: 0, memberships: 0 },
    },
  ]);
});

test.each([
  'truncate appointments',
  'update appointment_versions set metadata = null',
  'delete from requests',
  'update appointments set version = 1',
  'delete from api_keys',
  'alter table requests disable trigger requests_append_only',
  'alter table appointments drop constraint appointments_no_overlap',
  'drop table outbox',
  'create table mine ()',
  'create index on orgs (org_id)',
  "set session_replication_role = 'replica'",
  "copy orgs to program 'true'",
  "select pg_read_file('PG_VERSION')",
  'insert into kysely_migration values (1, 1)',
  'create role other',
  'select passwd from pg_shadow',
])('the application role lacks the privilege for: %s', async (statement) => {
  await expect(application.query(statement)).rejects.toMatchObject({ code: '42501' });
});

test('a missing role is created with the password of the URL, and a second grant changes nothing', async () => {
  const applicationUrl = as('made app', 'p%40ss "word\'s');
  for (const _ of [1, 2]) {
    expect(await grantApplication({ ownerUrl: database.url, applicationUrl })).toBe('made app');
  }
  const client = await connect(applicationUrl);
  expect((await client.query('select count(*)::int as n from orgs')).rows).toEqual([{ n: 0 }]);
  await client.end();
  expect(await rightsOf('made app')).toEqual(expectedRights());
});

test('an existing role keeps its password unless `setsPassword` is true', async () => {
  const [first, second] = [as('kept', 'first'), as('kept', 'second')];
  await grantApplication({ ownerUrl: database.url, applicationUrl: first });
  await grantApplication({ ownerUrl: database.url, applicationUrl: second });
  await (await connect(first)).end();
  await grantApplication({ ownerUrl: database.url, applicationUrl: second, setsPassword: true });
  await (await connect(second)).end();
  await expect(connect(first)).rejects.toMatchObject({ code: '28P01' });
});

test('a privilege that is not listed is revoked', async () => {
  const applicationUrl = as('greedy', 'greedy');
  await grantApplication({ ownerUrl: database.url, applicationUrl });
  await owner.query('grant all on requests, kysely_migration_lock to greedy');
  await grantApplication({ ownerUrl: database.url, applicationUrl });
  expect(await rightsOf('greedy')).toEqual(expectedRights());
});

test('concurrent grants all succeed', async () => {
  const applicationUrl = applicationUrlOf(database.url);
  await Promise.all([1, 2, 3, 4].map(() => grantApplication({ ownerUrl: database.url, applicationUrl })));
});

test('the owner, a superuser and a member of the owner are refused as the application role', async () => {
  const grant = (applicationUrl: string) => grantApplication({ ownerUrl: database.url, applicationUrl });
  await expect(grant(database.url)).rejects.toThrow(/"postgres" of DATABASE_URL is the owner/);
  await owner.query('create role member login; grant postgres to member');
  await expect(grant(as('member', 'x'))).rejects.toThrow(
    /"member" of DATABASE_URL .* unset DATABASE_OWNER_URL/,
  );
});

test('an owner that is not a superuser can migrate and grant, and reports a role that it may not create', async () => {
  await owner.query("create role plain login password 'plain'");
  await owner.query('create database plain owner plain');
  const ownerUrl = as('plain', 'plain').replace(/[^/]+$/, 'plain');
  await migrateToLatest(ownerUrl);
  const grant = grantApplication({ ownerUrl, applicationUrl: as('late', 'secret-of-late') });
  await expect(grant).rejects.toThrow(/"late" of DATABASE_URL is missing.*create role "late" login/);
  await expect(grant).rejects.not.toThrow(/secret-of-late/);
  await owner.query('create role late login');
  expect(await grantApplication({ ownerUrl, applicationUrl: as('late', 'x') })).toBe('late');
  await owner.query('drop database plain with (force)');
});

test('an empty or non-ASCII password is refused for a role that would be created', async () => {
  for (const password of ['', 'pässword']) {
    const grant = grantApplication({ ownerUrl: database.url, applicationUrl: as('nobody', password) });
    await expect(grant).rejects.toThrow(/must be one or more printable ASCII characters/);
  }
});
