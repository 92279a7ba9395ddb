-- What Slotline remembers: who owns which calendar, what stands (appointments), everything that ever
-- stood (appointment_versions), what became of every request, and whom that still has to be told.
--
-- `*_id` is what the wire says, `*_key` a surrogate made once and never changed. Identifiers sort by
-- their bytes (collate "C"), so an index outlives an upgrade of the system's collations.
--
-- No foreign keys on the hot tables but the one that keeps versions dense: each would cost a look-up and
-- a share lock on the parent for every row, and all rows are written by one transaction of one package.

create extension if not exists btree_gist;

create table orgs (
  org_key int generated always as identity,
  -- May be empty: the org of a quarantined entry that did not say. No request of the wire can name it.
  org_id text collate "C" not null,
  -- Gapless counters, handed out under the org's lock. A sequence would leave gaps and commit out of order.
  decision_sequence bigint not null default 0,
  change_sequence bigint not null default 0,
  -- The latest recording time of the org. It never goes back, whatever the server's clock does.
  recorded_at timestamptz,
  constraint orgs_pkey primary key (org_key),
  constraint orgs_org_id_key unique (org_id),
  constraint orgs_org_id_check check (length(org_id) <= 128)
)
-- Every deciding transaction updates its orgs: room in the page keeps those updates out of the indexes.
with (fillfactor = 20, autovacuum_vacuum_scale_factor = 0.05);

create table resources (
  resource_key int generated always as identity,
  org_key int not null,
  resource_id text collate "C" not null,
  constraint resources_pkey primary key (resource_key),
  constraint resources_org_key_resource_id_key unique (org_key, resource_id),
  constraint resources_resource_id_check check (length(resource_id) between 1 and 128)
);

create table appointments (
  org_key int not null,
  appointment_id text collate "C" not null,
  resource_key int not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  status text not null,
  version int not null,
  -- `json`, not `jsonb`: the client gets back the text it gave, and 1e400 stays what it was.
  metadata json,
  recorded_at timestamptz not null,
  constraint appointments_pkey primary key (org_key, appointment_id),
  constraint appointments_appointment_id_check check (length(appointment_id) between 1 and 200),
  constraint appointments_status_check check (status in ('booked', 'cancelled')),
  constraint appointments_version_check check (version >= 1),
  -- An empty range overlaps nothing and would slip past the exclusion constraint, an infinite one blocks all.
  constraint appointments_interval_check check (
    starts_at >= '1970-01-01Z' and ends_at > starts_at and ends_at < '10000-01-01Z'
  ),
  constraint appointments_instants_check check (
    created_at >= '1970-01-01Z' and created_at < '10000-01-01Z'
    and updated_at >= '1970-01-01Z' and updated_at < '10000-01-01Z'
  ),
  -- The guarantee of no double booking, whatever the code above it does. A resource belongs to one org, so
  -- its key is enough: 23 to 26 µs a row against 65 to 86 µs over text keys (architecture.md, Measured).
  constraint appointments_no_overlap exclude using gist (
    resource_key with =, tstzrange(starts_at, ends_at) with &&
  ) where (status = 'booked')
);

-- Who overlaps an interval: the live ones that start inside it, and the last that starts before it. Carrying
-- the rest of the look-up's columns (include) was no faster: most look-ups find nothing.
create index appointments_live_by_resource on appointments (resource_key, starts_at) where status = 'booked';
create index appointments_live_by_org on appointments (org_key, starts_at, appointment_id) where status = 'booked';

create table appointment_versions (
  org_key int not null,
  appointment_id text collate "C" not null,
  version int not null,
  previous_version int generated always as (nullif(version - 1, 0)) stored,
  -- Gapless in the org, in the order of decisions.
  sequence bigint not null,
  request_id uuid not null,
  resource_key int not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  status text not null,
  metadata json,
  recorded_at timestamptz not null,
  constraint appointment_versions_pkey primary key (org_key, appointment_id, version),
  constraint appointment_versions_org_key_sequence_key unique (org_key, sequence),
  -- Versions are dense: each but the first stands on the one before it. Costs about a tenth of a booking.
  constraint appointment_versions_dense foreign key (org_key, appointment_id, previous_version)
    references appointment_versions (org_key, appointment_id, version),
  constraint appointment_versions_version_check check (version >= 1),
  constraint appointment_versions_sequence_check check (sequence >= 1),
  constraint appointment_versions_status_check check (status in ('booked', 'cancelled'))
);

create table requests (
  request_id uuid not null,
  org_key int not null,
  -- Gapless in the org: the serial order that explains every row.
  decision_sequence bigint not null,
  operation text not null,
  appointment_id text collate "C" not null,
  outcome text not null,
  -- The version made, or for `ignored-stale` the one that stands.
  version int,
  -- `conflict`: the blockers; `quarantined`: why.
  outcome_detail json,
  fingerprint text,
  -- What a quarantined entry held, made storable and cut.
  raw_payload text,
  accepted_at timestamptz not null,
  decided_at timestamptz not null,
  -- The request first: `GET /api/requests/{id}` knows no org. The org is part of it, so no org can burn or
  -- probe another's ids, and the table can be distributed by org.
  constraint requests_pkey primary key (request_id, org_key),
  constraint requests_org_key_decision_sequence_key unique (org_key, decision_sequence),
  constraint requests_decision_sequence_check check (decision_sequence >= 1),
  constraint requests_operation_check check (
    operation in ('book', 'cancel') or (operation = 'unknown' and outcome = 'quarantined')
  ),
  constraint requests_appointment_id_check check (
    length(appointment_id) <= 200 and (appointment_id <> '' or outcome = 'quarantined')
  ),
  constraint requests_raw_payload_check check (raw_payload is null or outcome = 'quarantined'),
  constraint requests_outcome_check check (
    case outcome
      when 'created' then operation = 'book' and version = 1 and outcome_detail is null
      when 'updated' then operation = 'book' and version > 1 and outcome_detail is null
      when 'cancelled' then operation = 'cancel' and version > 1 and outcome_detail is null
      when 'ignored-stale' then version >= 1 and outcome_detail is null
      when 'conflict' then operation = 'book' and version is null and outcome_detail is not null
      when 'not-found' then operation = 'cancel' and version is null and outcome_detail is null
      when 'quarantined' then version is null and outcome_detail is not null
      else false
    end is true
  )
);

-- Facts committed with a decision that somebody still has to be told. Read it by claim, never by
-- `outbox_key > cursor`: keys are handed out before the commit, so a lower one may appear later.
create table outbox (
  outbox_key bigint generated always as identity,
  org_key int not null,
  request_id uuid not null,
  kind text not null,
  url text not null,
  created_at timestamptz not null,
  constraint outbox_pkey primary key (org_key, outbox_key),
  constraint outbox_kind_check check (kind in ('callback')),
  constraint outbox_url_check check (length(url) between 1 and 2048)
);

-- For each statement, not for each row: an insert pays nothing for it.
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: % is refused', tg_table_name, tg_op using errcode = 'restrict_violation';
end
$$;

create trigger appointment_versions_append_only before update or delete or truncate on appointment_versions
  for each statement execute function refuse_change();
create trigger requests_append_only before update or delete or truncate on requests
  for each statement execute function refuse_change();
