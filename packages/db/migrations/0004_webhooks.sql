-- Webhooks: whom an org wants told (endpoints), what is owed to whom (deliveries), and every POST of it
-- (delivery_attempts).
--
-- Nothing here is written by the deciding transaction: decided requests are numbered without gaps and in the
-- order of their commits, so they are the outbox of every endpoint, and an endpoint keeps the last number that it
-- has its deliveries of.

create table endpoints (
  org_key int not null,
  endpoint_id uuid not null,
  kind text not null,
  url text,
  -- The types it wants; empty means all.
  events text[] not null,
  description text not null,
  -- The secret that signs and, while both do, the one before it. Never readable where the service has a key.
  sealed_secret text not null,
  previous_sealed_secret text,
  previous_secret_until timestamptz,
  -- The last decision of the org that it has its deliveries of.
  decision_sequence bigint not null,
  -- Of the first failure since the last success.
  failing_since timestamptz,
  disabled_at timestamptz,
  disabled_reason text,
  -- Deliveries of it may wait at `due_at = 'infinity'` for it to be enabled.
  has_waiting boolean not null default false,
  -- It is gone for everybody; the row stays until its last pending delivery is dropped.
  deleted_at timestamptz,
  created_at timestamptz not null,
  constraint endpoints_pkey primary key (org_key, endpoint_id),
  constraint endpoints_kind_check check (
    case kind
      when 'endpoint' then url is not null
      -- What a client names as `callbackUrl` is not one place that could be failing.
      when 'callbacks' then
        url is null and disabled_at is null and failing_since is null and deleted_at is null and events = '{}'
      else false
    end
  ),
  constraint endpoints_url_check check (length(url) between 1 and 2048),
  constraint endpoints_events_check check (cardinality(events) <= 32 and array_position(events, null) is null),
  constraint endpoints_description_check check (length(description) <= 500),
  constraint endpoints_secret_check check (
    length(sealed_secret) <= 1000 and length(previous_sealed_secret) <= 1000
    and (sealed_secret = '') = (deleted_at is not null)
    and (previous_sealed_secret is null) = (previous_secret_until is null)
  ),
  constraint endpoints_decision_sequence_check check (decision_sequence >= 0),
  constraint endpoints_disabled_check check (
    (disabled_at is null) = (disabled_reason is null)
    and disabled_reason in ('by-request', 'gone', 'failing')
    and (disabled_at is null or has_waiting)
  )
)
-- Each step of the fan-out updates the endpoints it serves: room in the page keeps that out of the indexes.
with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

-- Whose decisions are to be looked at. The cursor is not part of it: it would change with every step.
create index endpoints_told on endpoints (org_key, endpoint_id)
  where kind = 'endpoint' and disabled_at is null and deleted_at is null;
-- Who has deliveries to be woken or dropped.
create index endpoints_unsettled on endpoints (org_key, endpoint_id)
  where deleted_at is not null or (has_waiting and disabled_at is null);

create table deliveries (
  delivery_id uuid not null,
  org_key int not null,
  -- The order of the log among deliveries of one instant.
  delivery_key bigint generated always as identity,
  endpoint_id uuid not null,
  event_type text not null,
  url text not null,
  request_id uuid,
  sequence bigint,
  -- What every attempt sends, byte for byte.
  body text not null,
  status text not null,
  -- When it is to be looked at next, and so the lease of whoever looks at it now. 'infinity' waits for its endpoint.
  due_at timestamptz,
  -- Attempts begun. The number is the fencing token: only the last one may say what became of the delivery.
  attempts int not null default 0,
  -- Those before the schedule was last started over.
  attempts_before int not null default 0,
  delivered_at timestamptz,
  last_status int,
  last_error text,
  created_at timestamptz not null,
  -- The delivery first: a deliverer knows no org.
  constraint deliveries_pkey primary key (delivery_id, org_key),
  constraint deliveries_event_type_check check (length(event_type) between 1 and 64),
  constraint deliveries_url_check check (length(url) between 1 and 2048),
  constraint deliveries_body_check check (length(body) <= 4194304),
  constraint deliveries_sequence_check check (sequence >= 1),
  constraint deliveries_attempts_check check (attempts_before between 0 and attempts),
  constraint deliveries_last_check check (
    last_status between 100 and 999 and length(last_error) <= 1000
    and (attempts > 0 or (last_status is null and last_error is null))
  ),
  constraint deliveries_status_check check (
    case status
      when 'pending' then due_at is not null and delivered_at is null
      when 'delivered' then due_at is null and delivered_at is not null and attempts > attempts_before
      when 'failed' then due_at is null and delivered_at is null and attempts > attempts_before
      when 'dropped' then due_at is null and delivered_at is null
      else false
    end
  )
)
with (autovacuum_vacuum_scale_factor = 0.05);

create index deliveries_due on deliveries (due_at) where status = 'pending';
-- Those that wait for their endpoint.
create index deliveries_waiting on deliveries (org_key, endpoint_id) where due_at = 'infinity';
-- The log of an endpoint, newest first, by status; all of it is its four statuses merged.
create index deliveries_log on deliveries (org_key, endpoint_id, status, created_at, delivery_key);
-- What may be pruned.
create index deliveries_over on deliveries (created_at) where status <> 'pending';

create table delivery_attempts (
  delivery_id uuid not null,
  org_key int not null,
  attempt int not null,
  -- Written before anything is sent. The rest is null until the attempt ends, for ever if its sender died.
  started_at timestamptz not null,
  took_ms int,
  status int,
  error text,
  answer text,
  constraint delivery_attempts_pkey primary key (delivery_id, org_key, attempt),
  constraint delivery_attempts_attempt_check check (attempt >= 1),
  constraint delivery_attempts_end_check check (
    case when took_ms is null then status is null and error is null and answer is null
    else took_ms >= 0 and status between 100 and 999 and length(error) <= 1000 and length(answer) <= 4096
    end
  )
)
with (autovacuum_vacuum_scale_factor = 0.05);
