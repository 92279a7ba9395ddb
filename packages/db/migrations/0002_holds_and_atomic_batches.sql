-- Holds: a slot that is taken until it is confirmed or expires. Atomic batches: one request, many appointments.
--
-- The exclusion constraint is made anew over everything that occupies its interval, which locks the table for as
-- long as the index takes to build (about 30 s a million rows).

alter table appointments
  add column held_until timestamptz,
  drop constraint appointments_status_check,
  drop constraint appointments_no_overlap,
  add constraint appointments_status_check check (status in ('booked', 'held', 'cancelled', 'expired')),
  add constraint appointments_held_check check (
    (status = 'held') = (held_until is not null)
    and (held_until is null or (held_until >= '1970-01-01Z' and held_until < '10000-01-01Z'))
  ),
  add constraint appointments_no_overlap exclude using gist (
    resource_key with =, tstzrange(starts_at, ends_at) with &&
  ) where (status in ('booked', 'held'));

drop index appointments_live_by_resource;
create index appointments_live_by_resource on appointments (resource_key, starts_at)
  where status in ('booked', 'held');

-- Whose hold is due.
create index appointments_held on appointments (held_until) where status = 'held';

alter table appointment_versions
  add column held_until timestamptz,
  drop constraint appointment_versions_status_check,
  add constraint appointment_versions_status_check check (status in ('booked', 'held', 'cancelled', 'expired')),
  add constraint appointment_versions_held_check check ((status = 'held') = (held_until is not null));

-- `batch` names its appointments in its outcome, each with its version.
alter table requests
  drop constraint requests_operation_check,
  drop constraint requests_appointment_id_check,
  drop constraint requests_outcome_check,
  add constraint requests_operation_check check (
    operation in ('book', 'cancel', 'confirm', 'expire', 'batch')
    or (operation = 'unknown' and outcome = 'quarantined')
  ),
  add constraint requests_appointment_id_check check (
    length(appointment_id) <= 200
    and (appointment_id <> '' or outcome = 'quarantined' or operation = 'batch')
  ),
  add constraint requests_outcome_check check (
    case outcome
      when 'created' then operation = 'book' and version = 1 and outcome_detail is null
      when 'updated' then operation = 'book' and version > 1 and outcome_detail is null
      when 'cancelled' then operation = 'cancel' and version > 1 and outcome_detail is null
      when 'confirmed' then operation = 'confirm' and version > 1 and outcome_detail is null
      when 'expired' then operation = 'expire' and version > 1 and outcome_detail is null
      when 'ignored-stale' then operation <> 'batch' and version >= 1 and outcome_detail is null
      when 'not-held' then operation = 'confirm' and version >= 1 and outcome_detail is null
      when 'conflict' then operation = 'book' and version is null and outcome_detail is not null
      when 'not-found' then
        operation in ('cancel', 'confirm', 'expire') and version is null and outcome_detail is null
      when 'applied' then operation = 'batch' and version is null and outcome_detail is not null
      when 'refused' then operation = 'batch' and version is null and outcome_detail is not null
      when 'quarantined' then version is null and outcome_detail is not null
      else false
    end is true
  );
