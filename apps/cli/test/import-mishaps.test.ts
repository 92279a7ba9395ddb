import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FakeService, type Mishap } from './import-fake-service.ts';
import { type ImportFolder, makeImportFolder, makeLines, QUICK, startImport } from './import-run.ts';

let service: FakeService;
let folder: ImportFolder;
let url: string;

beforeEach(async () => {
  service = new FakeService();
  folder = await makeImportFolder();
  url = await service.listen();
});

afterEach(async () => {
  await service.close();
  await folder.remove();
});

const SMALL = { ...QUICK, batchLinesMax: 10 };

async function importLines(lines: string[], argv: string[] = []) {
  const file = await folder.write('lines.ndjson', `${lines.join('\n')}\n`);
  return startImport([file, '--url', url, '--json', ...argv], { limits: SMALL });
}

function expectEveryLineOnceInOrder(count: number, orgs: number): void {
  expect(service.accepted.size).toBe(orgs);
  for (const ids of service.accepted.values())
    expect(ids).toEqual(Array.from({ length: count / orgs }, (_, at) => String(at)));
}

describe('an import over a bad network', () => {
  const mishaps: Mishap[] = [
    'reset-before',
    'reset-after',
    'half-a-body-after',
    'unavailable-before',
    'busy-before',
    'not-decided-after',
  ];

  test.each(mishaps)(
    'counts every line once and in order when every third POST has the mishap %s',
    async (mishap) => {
      service.mishap = (post) => (post % 3 === 0 ? mishap : 'none');
      const { exitCode, report } = await (await importLines(makeLines(600, 4))).done;
      expect(report).toMatchObject({ ending: { kind: 'finished' }, lines: 600, outcomes: { created: 600 } });
      expect(exitCode).toBe(0);
      expectEveryLineOnceInOrder(600, 4);
    },
  );

  test('mixed mishaps still give exact totals', async () => {
    service.mishap = (post) => mishaps[(post * 7) % 9] ?? 'none';
    const { report } = await (await importLines(makeLines(1200, 6))).done;
    expect(report.outcomes).toEqual({ created: 1200 });
    expect(report.retries).toBeGreaterThan(0);
    expectEveryLineOnceInOrder(1200, 6);
  });

  test('a lost answer of this run does not count as decided before', async () => {
    service.mishap = (post) => (post === 1 ? 'reset-after' : 'none');
    const { report } = await (await importLines(makeLines(30, 1))).done;
    expect(report).toMatchObject({ decidedBefore: 0, retries: 1 });
  });

  test('it gives up after the given time without any outcome and gives the reason', async () => {
    service.mishap = () => 'unavailable-before';
    const run = await (await importLines(makeLines(30, 3), ['--give-up-after', '1'])).done;
    expect(run.exitCode).toBe(1);
    expect(run.report.ending).toEqual({
      kind: 'failed',
      reason: 'no outcome for too long (503 Redis is away)',
    });
  });

  test('requests that are accepted and never decided do not block it indefinitely', async () => {
    service.mishap = () => 'not-decided-after';
    const run = await (await importLines(makeLines(10, 1), ['--give-up-after', '1'])).done;
    expect(run.report.ending).toMatchObject({ kind: 'failed' });
    expectEveryLineOnceInOrder(10, 1);
  });

  test('a response that a retry cannot change ends it at once', async () => {
    service.mishap = () => 'hopeless-before';
    const run = await (await importLines(makeLines(10, 1))).done;
    expect(run.report.ending).toEqual({
      kind: 'failed',
      reason: expect.stringMatching(/^the service answers 401 Who are you\? Set SLOTLINE_KEY /),
    });
    expect(service.posts).toBe(1);
  });

  test('it waits for a service that is not there yet', async () => {
    await service.close();
    const port = Number(new URL(url).port);
    const running = await importLines(makeLines(20, 2));
    service = new FakeService();
    await service.listen(port);
    const { report } = await running.done;
    expect(report.outcomes).toEqual({ created: 20 });
  });
});

describe('an interrupted import', () => {
  test('resumes with exact totals and reports how many lines were decided before', async () => {
    const lines = makeLines(600, 3);
    const first = await importLines(lines);
    service.mishap = (post) => {
      if (post === 20) first.interrupt();
      return 'none';
    };
    const interrupted = await first.done;
    expect(interrupted.exitCode).toBe(1);
    expect(interrupted.report.ending).toEqual({ kind: 'interrupted' });
    expect(interrupted.report.lines).toBeLessThan(600);
    expect(interrupted.report.lines).toBe(service.acceptedCount);
    const resumed = await (await importLines(lines)).done;
    expect(resumed.report).toMatchObject({
      ending: { kind: 'finished' },
      outcomes: { created: 600 },
      decidedBefore: interrupted.report.lines,
    });
    expectEveryLineOnceInOrder(600, 3);
  });

  test('aborts the batches in flight after the grace time and still resumes exactly', async () => {
    const lines = makeLines(40, 2);
    service.mishap = () => 'hangs-after';
    const first = await importLines(lines);
    await service.arrival(2);
    first.interrupt();
    expect((await first.done).report).toMatchObject({ ending: { kind: 'interrupted' }, lines: 0 });
    service.mishap = () => 'none';
    const resumed = await (await importLines(lines)).done;
    expect(resumed.report).toMatchObject({ outcomes: { created: 40 }, decidedBefore: 20 });
    expectEveryLineOnceInOrder(40, 2);
  });

  test('a second Ctrl-C stops without any grace', async () => {
    service.mishap = () => 'hangs-after';
    const file = await folder.write('lines.ndjson', makeLines(10, 1).join('\n'));
    const limits = { ...SMALL, stopGraceMs: 60_000 };
    const run = startImport([file, '--url', url], { limits });
    await service.arrival(1);
    run.interrupt();
    run.interrupt();
    const { exitCode, stdout } = await run.done;
    expect(exitCode).toBe(1);
    expect(stdout).toContain('run the same command again to resume');
  });
});

describe('batches in flight', () => {
  test('are at most one per org and at most --orgs in total', async () => {
    const gate = Promise.withResolvers<void>();
    service.gate = gate.promise;
    const running = await importLines(makeLines(600, 6), ['--orgs', '4']);
    await service.arrival(4);
    gate.resolve();
    await running.done;
    expect(service.orgTogetherMax).toBe(1);
    expect(service.allTogetherMax).toBe(4);
  });

  test('never exceed the limits of the reader, in any order of the file', async () => {
    const limits = { ...SMALL, openLinesMax: 20, bufferedLinesMax: 40 };
    const lines = makeLines(600, 60);
    const file = await folder.write('lines.ndjson', lines.join('\n'));
    const { report } = await startImport([file, '--url', url, '--json'], { limits }).done;
    expect(report.outcomes).toEqual({ created: 600 });
    expectEveryLineOnceInOrder(600, 60);
  });
});
