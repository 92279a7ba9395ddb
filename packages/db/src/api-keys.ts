// API keys: create, list, revoke, find and mark as used. Each change of a key takes the next number of one gapless
// series that commits in order, so a process that reads the changes after a number misses none.

import { formatInstant, INSTANT_MAX, type Instant } from '@slotline/core';

import type { Database } from './sql/database.ts';
import { toArrayLiteral } from './sql/array-literal.ts';
import { epochMsText } from './sql/instants.ts';
import { endAtBytes, ROW_BYTES, takePage, type RowOfPage } from './sql/page-bytes.ts';
import { NOW, runAlone } from './sql/run.ts';

/** The most ids of one {@link findKeys} call, and the most changes that one {@link listKeyChanges} call returns. */
export const KEYS_FOUND_MAX = 500;

export interface KeyRecord {
  /** 16 characters of `0-9a-z`. */
  readonly keyId: string;
  /** `null` for a key of the operator. */
  readonly orgId: string | null;
  readonly name: string;
  /** `admin` alone on a key of the operator; never `admin` on other keys. */
  readonly scopes: readonly string[];
  readonly createdAt: Instant;
  readonly expiresAt: Instant | null;
  readonly revokedAt: Instant | null;
  /** Up to one minute late. */
  readonly lastUsedAt: Instant | null;
}

/** A key with the hash of its secret. Must not be shown to clients or operators. */
export interface StoredKey extends KeyRecord {
  /** SHA-256 of the secret: 32 bytes. */
  readonly secretHash: Buffer;
  /** Number of the key's last change; of two records of a key, the higher number is newer. */
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

// One statement, one transaction: the row of the counter stays locked until the key is committed.
export const CREATE_KEY = `
  with change as (
    update api_key_changes set change_number = change_number + 1 where is_only returning change_number
  )
  insert into api_keys (key_id, secret_hash, org_id, name, scopes, expires_at, created_at, change_number)
  select $1, decode($2, 'hex'), $3, $4, $5::text[], $6::timestamptz, ${NOW}, change_number from change
  returning ${KEY_COLUMNS}`;

/** Creates the key. Throws a `TerminalError` if its scopes do not fit its owner. */
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
  if (made === undefined) throw new TypeError('the row of the table api_key_changes is missing');
  return made;
}

// The key is locked before the counter, so a concurrent second revocation waits and then matches no row.
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

/** Revokes the key permanently and returns it. Idempotent. `undefined` if no such key exists. */
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

/**
 * The existing keys of these ids, unordered, including revoked and expired keys. At most {@link KEYS_FOUND_MAX}
 * ids.
 */
export async function findKeys(db: Database, keyIds: readonly string[]): Promise<readonly StoredKey[]> {
  if (keyIds.length > KEYS_FOUND_MAX) {
    throw new RangeError(`findKeys takes up to ${KEYS_FOUND_MAX} ids, got ${keyIds.length}`);
  }
  return runAlone<StoredKey>(db, FIND_KEYS, [toArrayLiteral(keyIds)]);
}

// One snapshot: the current counter, and the keys that changed after `$1`.
export const LIST_KEY_CHANGES = `
  select c.change_number as "lastNumber", k.*
  from api_key_changes c
  left join lateral (
    select ${STORED_COLUMNS} from api_keys
    where change_number > $1::bigint order by change_number limit ${KEYS_FOUND_MAX}
  ) k on true
  where c.is_only`;

export interface KeyChanges {
  /** Keys changed after `after`, oldest change first. Complete if there are fewer than {@link KEYS_FOUND_MAX}. */
  readonly keys: readonly StoredKey[];
  /**
   * Number of the last change of any key. Lower than `after` only if an older state of the database was restored.
   */
  readonly lastNumber: number;
}

/** Lists the keys changed after change number `after`. A use of a key is not a change. */
export async function listKeyChanges(db: Database, { after }: { after: number }): Promise<KeyChanges> {
  type Row = { lastNumber: number } & (StoredKey | { keyId: null });
  const rows = await runAlone<Row>(db, LIST_KEY_CHANGES, [after]);
  const [first] = rows;
  if (first === undefined) throw new TypeError('the row of the table api_key_changes is missing');
  const keys = rows.flatMap(({ lastNumber: _, ...key }) => (key.keyId === null ? [] : [key]));
  return { keys, lastNumber: first.lastNumber };
}

export interface KeyUse {
  readonly keyId: string;
  readonly usedAt: Instant;
}

// Rows are locked in id order, so two processes that mark the same keys cannot deadlock.
const MARK_KEYS_USED = `
  with used as materialized (
    select k.key_id, u.used_at
    from unnest($1::text[], $2::timestamptz[]) as u(key_id, used_at)
    join lateral (select key_id from api_keys where key_id = u.key_id for update) k on true
  )
  update api_keys k set last_used_at = greatest(k.last_used_at, used.used_at)
  from used where k.key_id = used.key_id`;

/** Records when keys were last used. Never moves a time back; ignores unknown ids. */
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
  /** Only the keys of this org. */
  readonly orgId?: string | undefined;
  /** `next` of the previous page. Throws a RangeError if malformed. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** Lists keys, newest first, including revoked and expired keys. `next` is present if more follow. */
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
    throw new RangeError('`after` is not a place in the list of keys');
  return [formatInstant(Number(ms) as Instant), keyId];
}
