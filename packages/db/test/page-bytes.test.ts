// PostgreSQL ends every page of a list at its limit in bytes, a page has at least one row, and no row is missing.

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import {
  listAppointments,
  listChanges,
  listDeliveries,
  listQuarantine,
  listRequests,
  listVersions,
  PAGE_BYTES_MAX,
  type AppointmentsQuery,
} from '../src/index.ts';
import { at } from './make-requests.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';

/** The maximum size of metadata. */
const METADATA_BYTES = 4_096;
const APPOINTMENTS = 600;
/** Size of an outcome that an earlier release could store. */
const OUTCOME_BYTES = 2_800_000;
const REQUESTS = 12;
const DELIVERIES = 900;
const PAGES_MAX = 200;

let it: TestDecider;
beforeAll(async () => {
  it = await setUpDecider();
  await it.raw.query(`
    insert into orgs (org_id, decision_sequence) values ('org', 1000);
    insert into resources (org_key, resource_id) values (1, 'room');
    insert into appointments (org_key, appointment_id, resource_key, starts_at, ends_at, created_at, updated_at,
        status, version, recorded_at, metadata)
      select 1, 'a' || n, 1, t, t + interval '9 minutes', t, t, 'booked', 1, timestamptz '2030-01-01Z',
        json_build_object('notes', repeat('x', ${METADATA_BYTES - 14}))
      from generate_series(1, ${APPOINTMENTS}) n
      cross join lateral (select timestamptz '2030-01-01Z' + n * interval '10 minutes' as t) at;
    insert into appointment_versions (org_key, appointment_id, resource_key, starts_at, ends_at, created_at,
        updated_at, status, version, recorded_at, sequence, request_id, metadata)
      select org_key, appointment_id, resource_key, starts_at, ends_at, created_at, updated_at, status, version,
        recorded_at, substr(appointment_id, 2)::int, gen_random_uuid(), metadata
      from appointments;
    insert into appointment_versions (org_key, appointment_id, resource_key, starts_at, ends_at, created_at,
        updated_at, status, version, recorded_at, sequence, request_id, metadata)
      select org_key, 'a1', resource_key, starts_at, ends_at, created_at, updated_at, status, 1 + n,
        recorded_at, ${APPOINTMENTS} + n, gen_random_uuid(), metadata
      from appointments, generate_series(1, ${APPOINTMENTS}) n where appointment_id = 'a1';
    insert into requests (request_id, org_key, decision_sequence, operation, appointment_id, outcome,
        outcome_detail, accepted_at, decided_at)
      select gen_random_uuid(), 1, n, 'book', 'b', 'conflict',
        json_build_object('conflictsWith', json_build_array(
          json_build_object('id', repeat('y', ${OUTCOME_BYTES}), 'start', 0, 'end', 1))), now(), now()
      from generate_series(1, ${REQUESTS}) n;
    insert into requests (request_id, org_key, decision_sequence, operation, appointment_id, outcome,
        outcome_detail, raw_payload, accepted_at, decided_at)
      select gen_random_uuid(), 1, 100 + n, 'unknown', '', 'quarantined', '"x"', repeat('z', 700000), now(), now()
      from generate_series(1, 4) n`);
}, 60_000);
afterAll(() => it.close());

/** All pages of a list, each as the sizes of its rows' long texts. */
async function walk<Place>(
  read: (place: Place | undefined) => Promise<{ bytes: readonly number[]; next: Place | undefined }>,
): Promise<number[][]> {
  const pages: number[][] = [];
  for (let place: Place | undefined; pages.length < PAGES_MAX;) {
    const { bytes, next } = await read(place);
    pages.push([...bytes]);
    if (next === undefined) return pages;
    place = next;
  }
  throw new Error('the list has more pages than expected');
}

function sum(bytes: readonly number[]): number {
  return bytes.reduce((total, one) => total + one, 0);
}

function expectPages(pages: readonly number[][], count: number): void {
  expect(pages.flat()).toHaveLength(count);
  for (const page of pages) {
    expect(page.length).toBeGreaterThan(0);
    if (page.length > 1) expect(sum(page)).toBeLessThanOrEqual(PAGE_BYTES_MAX);
  }
}

const metadataOf = ({ metadata }: { metadata: string | null }) => metadata?.length ?? 0;

test.each<[string, Partial<AppointmentsQuery>]>([
  ['current appointments', {}],
  ['current appointments of a resource', { resourceId: 'room' }],
  ['appointments as of an instant', { at: at(100_000_000) }],
  ['appointments of a resource as of an instant', { at: at(100_000_000), resourceId: 'room' }],
])('pages of %s end at 1 MiB', async (_, query) => {
  const pages = await walk<NonNullable<AppointmentsQuery['after']>>(async (after) => {
    const wanted = { orgId: 'org', status: 'all', limit: 1_000, offset: 0, after, ...query } as const;
    const { appointments, next } = await listAppointments(it.db, wanted);
    return { bytes: appointments.map(metadataOf), next };
  });
  expectPages(pages, APPOINTMENTS);
  expect(pages.length).toBeLessThan(5);
});

test('an offset skips exactly that many appointments, and the page after it ends at its bytes', async () => {
  const query = { orgId: 'org', status: 'booked', limit: 1_000, offset: 100 } as const;
  const { appointments, next } = await listAppointments(it.db, query);
  expect(appointments[0]?.id).toBe('a101');
  expect(next).toEqual({ start: appointments.at(-1)?.start, id: appointments.at(-1)?.id });
  expect(sum(appointments.map(metadataOf))).toBeLessThanOrEqual(PAGE_BYTES_MAX);
});

test('pages of the versions of an appointment end at 1 MiB', async () => {
  const pages = await walk<number>(async (after) => {
    const wanted = { orgId: 'org', appointmentId: 'a1', limit: 1_000, after };
    const { versions, next } = await listVersions(it.db, wanted);
    return { bytes: versions.map(metadataOf), next };
  });
  expectPages(pages, APPOINTMENTS + 1);
});

test.each([[undefined], [65_536]])(
  'pages of changes with a bytesMax of %s end at their bytes',
  async (bytesMax) => {
    const pages = await walk<number>(async (after = 0) => {
      const { versions, hasNext } = await listChanges(it.db, { orgId: 'org', after, limit: 1_000, bytesMax });
      return { bytes: versions.map(metadataOf), next: hasNext ? versions.at(-1)?.sequence : undefined };
    });
    expectPages(pages, 2 * APPOINTMENTS);
    for (const page of pages) expect(sum(page)).toBeLessThanOrEqual(bytesMax ?? PAGE_BYTES_MAX);
  },
);

test.each([{}, { outcome: 'conflict' as const }, { status: 'completed' as const }])(
  'a page of requests filtered by %j contains a single outcome that is larger than a page',
  async (filter) => {
    const pages = await walk<number>(async (before) => {
      const { requests, next } = await listRequests(it.db, { orgId: 'org', limit: 1_000, before, ...filter });
      return { bytes: requests.map(({ outcome }) => JSON.stringify(outcome).length), next };
    });
    expectPages(pages, 'outcome' in filter || 'status' in filter ? REQUESTS : REQUESTS + 4);
  },
);

test('pages of the quarantine end at 1 MiB', async () => {
  const pages = await walk<string>(async (after) => {
    const { requests, next } = await listQuarantine(it.db, { orgId: 'org', limit: 1_000, after });
    return { bytes: requests.map(({ raw }) => raw?.length ?? 0), next };
  });
  expect(pages.map(({ length }) => length)).toEqual([1, 1, 1, 1]);
});

test('pages of deliveries end at 1 MiB', async () => {
  const endpointId = '00000000-0000-7000-8000-000000000001';
  await it.raw.query(`
    insert into deliveries (delivery_id, org_key, endpoint_id, event_type, url, body, status, attempts, created_at,
        delivered_at)
      select gen_random_uuid(), 1, '${endpointId}', 'x', 'https://example.org/' || repeat('u', 2000), '{}',
        'delivered', 1, timestamptz '2030-01-01Z', now()
      from generate_series(1, ${DELIVERIES})`);
  const pages = await walk<string>(async (before) => {
    const { deliveries, next } = await listDeliveries(it.db, {
      orgId: 'org',
      endpointId,
      limit: 1_000,
      before,
    });
    return { bytes: deliveries.map(({ url }) => url.length), next };
  });
  expectPages(pages, DELIVERIES);
  expect(pages.length).toBeGreaterThan(1);
});
