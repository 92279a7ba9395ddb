-- Reading the calendar: an index for each list, of what stands and of what the service knew at an instant, so that
-- no list costs more because the org has more appointments. docs/decisions/0011-reading.md has the figures.
--
-- Adding the generated columns writes both tables and all their indexes anew, the exclusion constraint's included,
-- which locks them for as long as that takes (about a minute a million appointments).

-- The class of an interval's length, in seconds and a millisecond: what reaches into a window starts no earlier than
-- the longest of its class before it. `spans.ts` has the same lengths, and a test holds them together.
alter table appointments add column span smallint not null generated always as (
  width_bucket(
    extract(epoch from ends_at - starts_at),
    array[900.001, 1800.001, 3600.001, 7200.001, 14400.001, 28800.001, 86400.001, 604800.001, 2678400.001, 31622400.001]
  )
) stored;

alter table appointment_versions add column span smallint not null generated always as (
  width_bucket(
    extract(epoch from ends_at - starts_at),
    array[900.001, 1800.001, 3600.001, 7200.001, 14400.001, 28800.001, 86400.001, 604800.001, 2678400.001, 31622400.001]
  )
) stored;

-- Of an org, by status; of a resource, what is not booked. A resource's booked ones need no span: they never
-- overlap, and appointments_live_by_resource has them, now with what it takes to say what is free.
drop index appointments_live_by_org;
drop index appointments_live_by_resource;
create index appointments_live_by_resource on appointments (resource_key, starts_at) include (ends_at)
  where status in ('booked', 'held');
create index appointments_by_org on appointments (org_key, status, span, starts_at, appointment_id) include (ends_at);
create index appointments_unbooked_by_resource
  on appointments (resource_key, status, span, starts_at, appointment_id) include (ends_at) where status <> 'booked';

-- What was recorded later, has ended or has another status is passed over in the index (include).
create index appointment_versions_by_org
  on appointment_versions (org_key, span, starts_at, appointment_id, version) include (recorded_at, ends_at, status);
create index appointment_versions_by_resource
  on appointment_versions (resource_key, span, starts_at, appointment_id, version)
  include (recorded_at, ends_at, status);

-- Requests by what became of them. Most are `created`, which pays nothing and is read in order of decision.
create index requests_by_outcome on requests (org_key, outcome, decision_sequence) where outcome <> 'created';
