// API keys: made, listed, revoked, and looked up by those who ask on behalf of a client. Every change has a number
// of one gapless series that commits in order, so a process that asks for what is new misses nothing.

import { formatInstant, INSTANT_MAX, type Instant } from '@slotline/core';

import type { Database } from './database.ts';
import { toArrayLiteral } from './decider/array-literal.ts';
import { epochMsText } from './instants.ts';
import { endAtBytes, ROW_BYTES, takePage, type RowOfPage } from './page-bytes.ts';
import { NOW, runAlone } from './webhooks/run.ts';

/** How many ids one {@link findKeys} takes, and how many changes one {@link listKeyChanges} gives. */
export const KEYS_FOUND_MAX = 500;

export interface KeyRecord {
  /** 16 characters of `0-9a-z`. */
  readonly keyId: string;
  /** `null`: the operator's. */
  readonly orgId: string | null;
  readonly name: string;
  /** `admin` alone on an operator's key, and on no other. */
  readonly scopes: readonly string[];
  readonly createdAt: Instant;
  readonly expiresAt: Instant | null;
  readonly revokedAt: Instant | null;
  /** Up to a minute behind. */
  readonly lastUsedAt: Instant | null;
}

/** A key with what its secret is compared with. Never shown to anybody. */
export interface StoredKey extends KeyRecord {
  /** SHA-256 of the secret: 32 bytes. */
  readonly secretHash: Buffer;
  /** Of the last change of this key: of two records the one with the higher number is newer. */
  readonly changeNumber: number;
}

export interface NewKeyRecord {
  readonly keyId: string;
  readonly secretHash: Uint8Array;
  readonly orgId: string | null;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expiresAt: Instant | null;
}

const KEY_COLUMNS = `
  key_id as "keyId", org_id as "orgId", name, scopes, ${epochMsText('created_at')} as "createdAt",
  ${epochMsText('expires_at')} as "expiresAt", ${epochMsText('revoked_at')} as "revokedAt",
  ${epochMsText('last_used_at')} as "lastUsedAt"`;

const STORED_COLUMNS = `${KEY_COLUMNS}, secret_hash as "secretHash", change_number as "changeNumber"`;

// One statement is one transaction: the counter's row is locked until the key is committed.
export const CREATE_KEY = `
  with change as (
    update api_key_changes set change_number = change_number + 1 where is_only returning change_number
  )
  insert into api_keys (key_id, secret_hash, org_id, name, scopes, expires_at, created_at, change_number)
  select $1, decode($2, 'hex'), $3, $4, $5::text[], $6::timestamptz, ${NOW}, change_number from change
  returning ${KEY_COLUMNS}`;

/** Makes the key. Throws a `TerminalError` when its scopes do not fit its owner. */
export async function createKey(db: Database, key: NewKeyRecord): Promise<KeyRecord> {
  const { keyId, secretHash, orgId, name, scopes, expiresAt } = key;
  const [made] = await runAlone<KeyRecord>(db, CREATE_KEY, [
    keyId,
    Buffer.from(secretHash).toString('hex'),
    orgId,
    name,
    toArrayLiteral(scopes),
    expiresAt === null ? null : formatInstant(expiresAt),
  ]);
  if (made === undefined) throw new TypeError('api_key_changes has lost its row');
  return made;
}

// The key is locked before the counter, so a second revocation waits and then finds nothing left to do.
export const REVOKE_KEY = `
  with key as (
    select key_id from api_keys where key_id = $1 and revoked_at is null for update
  ), change as (
    update api_key_changes set change_number = change_number + 1
    where is_only and exists (select from key) returning change_number
  )
  update api_keys k set revoked_at = ${NOW}, change_number = change.change_number
  from change
  where k.key_id = (select key_id from key)
  returning ${KEY_COLUMNS}`;

export const FIND_KEY = `select ${KEY_COLUMNS} from api_keys where key_id = $1`;

/** Revokes the key for ever; again is harmless and gives the key as it is. `undefined` when there is none. */
export async function revokeKey(db: Database, keyId: string): Promise<KeyRecord | undefined> {
  const [revoked] = await runAlone<KeyRecord>(db, REVOKE_KEY, [keyId]);
  if (revoked !== undefined) return revoked;
  const [found] = await runAlone<KeyRecord>(db, FIND_KEY, [keyId]);
  return found;
}

export const FIND_KEYS = `
  select k.*
  from unnest($1::text[]) as wanted(key_id)
  cross join lateral (select ${STORED_COLUMNS} from api_keys where key_id = wanted.key_id limit 1) k`;

/** The keys of these ids that exist, revoked and expired ones too, in no order. At most {@link KEYS_FOUND_MAX}. */
export async function findKeys(db: Database, keyIds: readonly string[]): Promise<readonly StoredKey[]> {
  if (keyIds.length > KEYS_FOUND_MAX) throw new RangeError(`more than ${KEYS_FOUND_MAX} keys at once`);
  return runAlone<StoredKey>(db, FIND_KEYS, [toArrayLiteral(keyIds)]);
}

// One snapshot: the counter as it is, and whatever is newer than what the caller has seen.
export const LIST_KEY_CHANGES = `
  select c.change_number as "lastNumber", k.*
  from api_key_changes c
  left join lateral (
    select ${STORED_COLUMNS} from api_keys
    where change_number > $1::bigint order by change_number limit ${KEYS_FOUND_MAX}
  ) k on true
  where c.is_only`;

export interface KeyChanges {
  /** The keys changed after `after`, oldest change first; all of them unless there are {@link KEYS_FOUND_MAX}. */
  readonly keys: readonly StoredKey[];
  /** Of the last change of any key. Lower than `after` only when the database was put back to an older state. */
  readonly lastNumber: number;
}

/** What changed after the change of that number. A last use is no change. */
export async function listKeyChanges(db: Database, { after }: { after: number }): Promise<KeyChanges> {
  type Row = { lastNumber: number } & (StoredKey | { keyId: null });
  const rows = await runAlone<Row>(db, LIST_KEY_CHANGES, [after]);
  const [first] = rows;
  if (first === undefined) throw new TypeError('api_key_changes has lost its row');
  const keys = rows.flatMap(({ lastNumber: _, ...key }) => (key.keyId === null ? [] : [key]));
  return { keys, lastNumber: first.lastNumber };
}

export interface KeyUse {
  readonly keyId: string;
  readonly usedAt: Instant;
}

// Locked in order, so that two processes that tell of the same keys wait for each other only one way.
const MARK_KEYS_USED = `
  with used as materialized (
    select k.key_id, u.used_at
    from unnest($1::text[], $2::timestamptz[]) as u(key_id, used_at)
    join lateral (select key_id from api_keys where key_id = u.key_id for update) k on true
  )
  update api_keys k set last_used_at = greatest(k.last_used_at, used.used_at)
  from used where k.key_id = used.key_id`;

/** Notes when keys were last used. Never goes back in time; ids that are not there are passed over. */
export async function markKeysUsed(db: Database, uses: readonly KeyUse[]): Promise<void> {
  const sorted = uses.toSorted((a, b) => (a.keyId < b.keyId ? -1 : 1));
  const keyIds = toArrayLiteral(sorted.map(({ keyId }) => keyId));
  const usedAt = toArrayLiteral(sorted.map(({ usedAt }) => formatInstant(usedAt)));
  await runAlone(db, MARK_KEYS_USED, [keyIds, usedAt]);
}

const PLACE = `${epochMsText('created_at')} || '-' || key_id`;

const NEWEST_FIRST = 'created_at desc, key_id desc';

function pageOf(isWanted: string): string {
  const rows = `
    select * from api_keys
    where ${isWanted} (created_at, key_id) < ($1::timestamptz, $2)
    order by ${NEWEST_FIRST} limit $3::int`;
  const weight = `${ROW_BYTES} + octet_length(name) + coalesce(octet_length(org_id), 0)`;
  return `
  select ${KEY_COLUMNS}, ${PLACE} as place, "hasNext"
  from (${endAtBytes(rows, { order: NEWEST_FIRST, weight })}) k
  order by ${NEWEST_FIRST}`;
}

export const LIST_KEYS = pageOf('');
export const LIST_ORG_KEYS = pageOf('org_id = $4 and');

export interface KeysQuery {
  /** The keys of this org alone. */
  readonly orgId?: string | undefined;
  /** `next` of the page before. Throws a RangeError for what cannot be one. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** Keys, newest first, revoked and expired ones too. `next` when there are more. */
export async function listKeys(
  db: Database,
  { orgId, after, limit }: KeysQuery,
): Promise<{ keys: readonly KeyRecord[]; next?: string }> {
  const values = [...parsePlace(after), limit + 1];
  type Row = KeyRecord & RowOfPage & { place: string };
  const rows =
    orgId === undefined
      ? await runAlone<Row>(db, LIST_KEYS, values)
      : await runAlone<Row>(db, LIST_ORG_KEYS, [...values, orgId]);
  const { shown, last } = takePage(rows, limit);
  const keys = shown.map(({ place: _, ...key }) => key);
  return last === undefined ? { keys } : { keys, next: last.place };
}

function parsePlace(after: string | undefined): readonly [instant: string, keyId: string] {
  if (after === undefined) return [formatInstant(INSTANT_MAX), ''];
  const [, ms, keyId] = /^(\d{1,15})-([\da-z]{16})$/.exec(after) ?? [];
  if (ms === undefined || keyId === undefined || Number(ms) > INSTANT_MAX)
    throw new RangeError('that is no place in the list of keys');
  return [formatInstant(Number(ms) as Instant), keyId];
}
