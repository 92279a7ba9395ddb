-- API keys: who may ask for what. A key belongs to one org, or to the operator.
--
-- Every process keeps the keys it has met and asks for what has changed since the last change it saw. So changes are
-- numbered by a counter whose row stays locked until the commit: whoever sees number n sees all below it. A sequence
-- would let a lower number appear after a higher one, and a revocation could be missed for ever.

create table api_keys (
  -- The readable half of the key's text. No secret: logs and lists have it.
  key_id text collate "C" not null,
  -- Null: the operator's. An org needs no row of its own to have keys.
  org_id text collate "C",
  name text not null,
  scopes text[] not null,
  -- SHA-256 of the secret half, which is 256 random bits: nothing to guess, so nothing to make slow.
  secret_hash bytea not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  -- Told about once a minute by each process; a process that is killed loses its last minute.
  last_used_at timestamptz,
  change_number bigint not null,
  constraint api_keys_pkey primary key (key_id),
  constraint api_keys_key_id_check check (key_id ~ '^[0-9a-z]{16}$'),
  constraint api_keys_org_id_check check (length(org_id) between 1 and 128),
  constraint api_keys_name_check check (length(name) <= 200),
  constraint api_keys_scopes_check check (
    case when org_id is null then scopes = array['admin']
    else cardinality(scopes) between 1 and 3 and scopes <@ array['read', 'write', 'webhooks']
    end
  ),
  constraint api_keys_secret_hash_check check (octet_length(secret_hash) = 32),
  constraint api_keys_expires_at_check check (expires_at >= '1970-01-01Z' and expires_at < '10000-01-01Z'),
  constraint api_keys_change_number_check check (change_number >= 1)
)
-- The last use is written over and over: room in the page keeps that out of the indexes.
with (fillfactor = 70);

create unique index api_keys_changes on api_keys (change_number);
create index api_keys_by_age on api_keys (created_at, key_id);
create index api_keys_by_org on api_keys (org_id, created_at, key_id);

create table api_key_changes (
  -- One row, for ever.
  is_only boolean not null default true,
  change_number bigint not null default 0,
  constraint api_key_changes_pkey primary key (is_only),
  constraint api_key_changes_is_only_check check (is_only),
  constraint api_key_changes_change_number_check check (change_number >= 0)
);

insert into api_key_changes default values;
