// The importer against the real API, worker, PostgreSQL and Redis. In its file every cancellation frees an
// interval that is booked again, so any lost, duplicated or reordered line changes the totals.

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { startSystem, type System } from '@slotline/testkit';
import { type ImportFolder, makeImportFolder, QUICK, startImport } from './import-run.ts';

let system: System;
let folder: ImportFolder;

beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.close());
beforeEach(async () => {
  folder = await makeImportFolder();
});
afterEach(() => folder.remove());

const ORGS = 4;
const DAYS = 60;
const LIMITS = { ...QUICK, batchLinesMax: 20 };

/**
 * One day of one org: a booking, an overlap, a cancellation, a second booking, a cancellation without effect.
 */
function makeDay(orgId: string, day: number): object[] {
  const date = new Date(Date.UTC(2030, 0, 1 + day)).toISOString().slice(0, 10);
  const base = { orgId, createdAt: '2029-01-01 00:00' };
  const slot = { start: `${date} 09:00`, end: `${date} 09:30` };
  return [
    { ...base, id: `${day}-a`, ...slot, updatedAt: '2029-01-01 00:00' },
    { ...base, id: `${day}-b`, start: `${date} 09:29`, end: `${date} 10:00`, updatedAt: '2029-01-01 00:00' },
    { op: 'cancel', orgId, id: `${day}-a`, updatedAt: '2029-01-02 00:00' },
    { ...base, op: 'book', id: `${day}-c`, ...slot, updatedAt: '2029-01-03 00:00' },
    { op: 'cancel', orgId, id: `${day}-b`, updatedAt: '2029-01-03 00:00' },
  ];
}

function makeFile(name: string): string {
  const lines = Array.from({ length: DAYS }, (_, day) =>
    Array.from({ length: ORGS }, (_, org) => makeDay(`${name}-${org}`, day)).flat(),
  ).flat();
  return lines.map((line) => JSON.stringify(line)).join('\n');
}

const EXACT = {
  created: 2 * ORGS * DAYS,
  conflict: ORGS * DAYS,
  cancelled: ORGS * DAYS,
  'not-found': ORGS * DAYS,
};

test('an import gives the same outcomes as its lines decided one by one in file order', async () => {
  const file = await folder.write('order.ndjson', makeFile('order'));
  const run = await startImport([file, '--url', system.url, '--json'], { limits: LIMITS }).done;
  expect(run).toMatchObject({ exitCode: 0, report: { outcomes: EXACT, decidedBefore: 0, retries: 0 } });
});

test('an import that is interrupted and run again gives the same totals, and a third run finds them all', async () => {
  const file = await folder.write('resume.ndjson', makeFile('resume'));
  const argv = [file, '--url', system.url, '--json'];
  const first = startImport(argv, { limits: LIMITS });
  // Stops as soon as the service has decided some lines.
  await firstAppointment('resume-0');
  first.interrupt();
  await first.done;
  const second = await startImport(argv, { limits: LIMITS }).done;
  expect(second.report).toMatchObject({ ending: { kind: 'finished' }, outcomes: EXACT });
  const third = await startImport(argv, { limits: LIMITS }).done;
  expect(third.report).toMatchObject({ outcomes: EXACT, decidedBefore: 5 * ORGS * DAYS });
});

test('lines that the service refuses are reported with their line numbers, also when it refuses all lines', async () => {
  const good = makeDay('refused', 0).map((line) => JSON.stringify(line));
  const inverted = JSON.stringify({ ...makeDay('refused', 1)[0], end: '2030-01-01 00:00' });
  const file = await folder.write('refused.ndjson', [good[0], inverted, good[1], inverted].join('\n'));
  const run = await startImport([file, '--url', system.url, '--json'], { limits: LIMITS }).done;
  expect(run.exitCode).toBe(3);
  expect(run.report).toMatchObject({ outcomes: { created: 1, conflict: 1 }, refused: 2 });
  expect(run.stderr).toMatch(/line 2 \(org refused\) refused: \/end: /);
  expect(run.stderr).toMatch(/line 4 \(org refused\) refused: \/end: /);
  const all = await folder.write('all.ndjson', [inverted, '{"id":"1","colour":"red"}'].join('\n'));
  const refused = await startImport([all, '--url', system.url, '--json'], { limits: LIMITS }).done;
  expect(refused).toMatchObject({ exitCode: 3, report: { outcomes: {}, refused: 2 } });
  expect(refused.stderr).toMatch(/line 1 \(org refused\) refused: \/end: /);
});

async function firstAppointment(orgId: string): Promise<void> {
  const url = `${system.url}/api/appointments?orgId=${orgId}&limit=1`;
  for (;;) {
    const found = (await (await fetch(url)).json()) as unknown[];
    if (found.length > 0) return;
  }
}
