// The same schema as people write it: org and resource are in the exclusion constraint as the text that they are, and
// it is deferrable, so that two appointments may swap places. Everything else stays ours, integer keys included.

import pg from 'pg';

// The texts follow from the keys, so the same statements write the same rows. The resources of a fresh database are
// numbered from 1.
const USE_TEXT_KEYS = `
  alter table appointments
    drop constraint appointments_no_overlap,
    add column org_id text not null default 'hot-0',
    add column resource_id text generated always as ('room-' || (resource_key - 1)::text) stored;
  alter table appointments
    add constraint appointments_no_overlap exclude using gist (
      org_id with =, resource_id with =, tstzrange(starts_at, ends_at) with &&
    ) where (status in ('booked', 'held')) deferrable initially deferred`;

/** Changes an empty database of ours. */
export async function useTextKeys(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(USE_TEXT_KEYS);
  } finally {
    await client.end();
  }
}
