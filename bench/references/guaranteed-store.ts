// How (d) decides: in our tables, with every guarantee that Slotline gives for a booking, in one statement that is
// one transaction. The decision is made in PostgreSQL, because every message to it costs more than the work it carries.

import { createHash } from 'node:crypto';

import type { Booking } from '@slotline/contract';
import { formatInstant } from '@slotline/core';
import pg from 'pg';

// The update of the org's row is the lock: the next booking of the org waits for this commit, and each later statement
// of a function has a snapshot from after the wait. Counters go up first, for what nearly every booking needs, and back
// down otherwise. The exclusion constraint stays the last word on overlaps.
const CREATE_BOOK = `
  create schema reference;
  create function reference.book(
    _key uuid, _fingerprint text, _org int, _resource int, _id text, _start timestamptz, _end timestamptz,
    _created timestamptz, _updated timestamptz, _metadata json,
    out request uuid, out outcome text, out version int, out detail json, out decided timestamptz, out is_mismatch boolean
  ) language plpgsql as $$
  declare
    decision bigint; change bigint; standing_version int; standing_updated timestamptz; is_blocked boolean;
    earlier requests;
  begin
    update orgs set decision_sequence = decision_sequence + 1, change_sequence = change_sequence + 1,
      recorded_at = greatest(recorded_at, date_trunc('milliseconds', clock_timestamp()))
    where org_key = _org
    returning decision_sequence, change_sequence, recorded_at into decision, change, decided;

    -- Without an idempotency key the id is new. The primary key refuses it otherwise.
    request := coalesce(_key, uuidv7());
    if _key is not null then
      select * into earlier from requests r where r.request_id = _key and r.org_key = _org;
      if found then
        outcome := earlier.outcome;
        version := earlier.version;
        detail := earlier.outcome_detail;
        decided := earlier.decided_at;
        is_mismatch := earlier.fingerprint <> _fingerprint;
        update orgs set decision_sequence = decision - 1, change_sequence = change - 1 where org_key = _org;
        return;
      end if;
    end if;
    is_mismatch := false;

    select a.version, a.updated_at into standing_version, standing_updated
      from appointments a where a.org_key = _org and a.appointment_id = _id;
    -- Live appointments of a resource do not overlap: the last that starts before the end is the one that may reach in.
    select a.ends_at > _start into is_blocked from appointments a
      where a.resource_key = _resource and a.status in ('booked', 'held') and a.starts_at < _end
        and a.appointment_id <> _id
      order by a.starts_at desc limit 1;

    if standing_updated >= _updated then
      outcome := 'ignored-stale';
      version := standing_version;
    elsif is_blocked then
      outcome := 'conflict';
      detail := reference.blockers(_resource, _id, _start, _end);
    else
      version := coalesce(standing_version, 0) + 1;
      outcome := case version when 1 then 'created' else 'updated' end;
      with standing as (
        insert into appointments as a (org_key, appointment_id, resource_key, starts_at, ends_at, created_at, updated_at,
          status, version, metadata, recorded_at)
        values (_org, _id, _resource, _start, _end, _created, _updated, 'booked', book.version, _metadata, decided)
        on conflict (org_key, appointment_id) do update set
          resource_key = excluded.resource_key, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
          created_at = excluded.created_at, updated_at = excluded.updated_at, status = excluded.status,
          held_until = null, version = excluded.version, metadata = excluded.metadata,
          recorded_at = excluded.recorded_at
        returning a.*
      )
      insert into appointment_versions (org_key, appointment_id, resource_key, starts_at, ends_at, created_at, updated_at,
        status, version, metadata, recorded_at, sequence, request_id)
      select s.org_key, s.appointment_id, s.resource_key, s.starts_at, s.ends_at, s.created_at, s.updated_at,
        s.status, s.version, s.metadata, s.recorded_at, change, request
      from standing s;
    end if;

    if outcome not in ('created', 'updated') then
      update orgs set change_sequence = change - 1 where org_key = _org;
    end if;
    insert into requests (request_id, org_key, decision_sequence, operation, appointment_id, outcome, version,
      outcome_detail, fingerprint, accepted_at, decided_at)
    values (request, _org, decision, 'book', _id, book.outcome, book.version,
      detail, _fingerprint, date_trunc('milliseconds', statement_timestamp()), decided);
  end $$;

  create function reference.blockers(_resource int, _id text, _start timestamptz, _end timestamptz) returns json
  language sql as $$
    select json_build_object('conflictsWith', json_agg(json_build_object('id', b.appointment_id, 'version', b.version,
      'start', (extract(epoch from b.starts_at) * 1000)::bigint, 'end', (extract(epoch from b.ends_at) * 1000)::bigint)))
    from (
      select * from appointments
      where resource_key = _resource and status in ('booked', 'held') and starts_at < _end and ends_at > _start
        and appointment_id <> _id
      order by starts_at limit 10
    ) b
  $$`;

const BOOK = { name: 'book', text: 'select * from reference.book($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)' };
const MAKE_ORG = `
  with made as (insert into orgs (org_id) values ($1) on conflict do nothing returning org_key)
  select org_key as key from made union all select org_key from orgs where org_id = $1 limit 1`;
const MAKE_RESOURCE = `
  with made as (
    insert into resources (org_key, resource_id) values ($1, $2) on conflict do nothing returning resource_key
  )
  select resource_key as key from made
  union all select resource_key from resources where org_key = $1 and resource_id = $2 limit 1`;

/** As (a) has. With 64 clients 10, 20 and 40 differed by less than two runs of each. */
const POOL_MAX = 20;
/** Plans are made while the tables are empty, and have to use the indexes when they are not. */
const PLANS =
  '-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_bitmapscan=off -c jit=off';

export interface Decided {
  readonly request: string;
  readonly outcome: 'created' | 'updated' | 'ignored-stale' | 'conflict';
  readonly version: number | null;
  readonly detail: unknown;
  readonly decided: Date;
  /** The idempotency key was used before, with another body. */
  readonly is_mismatch: boolean;
}

/** Makes the function. Once for each database, before the service is started. */
export async function createGuaranteedSchema(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(CREATE_BOOK);
  } finally {
    await client.end();
  }
}

export class GuaranteedStore {
  readonly #pool: pg.Pool;
  readonly #keys = new Map<string, number>();

  constructor(url: string) {
    this.#pool = new pg.Pool({ connectionString: url, max: POOL_MAX, options: PLANS });
    // An idle connection that the server ends is no reason for the service to fail.
    this.#pool.on('error', () => {});
  }

  /** Resolves when it is committed. The same idempotency key gives the same decision. */
  async book(booking: Booking, idempotencyKey: string | undefined): Promise<Decided> {
    const { orgId, resourceId, id, start, end, createdAt, updatedAt, metadata } = booking;
    const org = await this.#keyOf(orgId, MAKE_ORG, [orgId]);
    const resource = await this.#keyOf(`${org} ${resourceId}`, MAKE_RESOURCE, [org, resourceId]);
    const instants = [start, end, createdAt, updatedAt].map(formatInstant);
    const identity =
      idempotencyKey === undefined
        ? [null, null]
        : [digest([orgId, idempotencyKey]).slice(0, 32), digest(booking).slice(0, 22)];
    const values = [...identity, org, resource, id, ...instants, metadata ?? null];
    const { rows } = await this.#pool.query<Decided>({ ...BOOK, values });
    const [decided] = rows;
    if (decided === undefined) throw new Error('a booking without an outcome');
    return decided;
  }

  /** Surrogate keys never change, so each is looked up once. */
  async #keyOf(name: string, text: string, values: unknown[]): Promise<number> {
    for (let key = this.#keys.get(name); ; key = this.#keys.get(name)) {
      if (key !== undefined) return key;
      const { rows } = await this.#pool.query<{ key: number }>(text, values);
      // No row: another transaction made it after this statement's snapshot. The next one sees it.
      if (rows[0] !== undefined) this.#keys.set(name, rows[0].key);
    }
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}

function digest(asked: unknown): string {
  return createHash('sha256').update(JSON.stringify(asked)).digest('hex');
}
