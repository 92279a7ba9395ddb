-- What operators see of a quarantine: the list of it over all orgs, newest first, and what really went wrong, which is
-- nothing to tell a client.
--
-- The index takes one scan of the table, which can be read but not written meanwhile. Then it costs nothing, because
-- hardly a request is ever in it.
create index requests_quarantined on requests (decided_at, org_key, decision_sequence)
  where outcome = 'quarantined';

-- A table of its own: a column more would make the rows of `requests` look wider than they are, and plans that are made
-- while it is empty would take another index.
create table quarantine_causes (
  request_id uuid not null,
  org_key int not null,
  -- Made storable and cut.
  cause text not null,
  constraint quarantine_causes_pkey primary key (request_id, org_key)
);

create trigger quarantine_causes_append_only before update or delete or truncate on quarantine_causes
  for each statement execute function refuse_change();
