import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { FakeService } from './import-fake-service.ts';
import { type ImportFolder, makeImportFolder, makeLines, startImport } from './import-run.ts';

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

async function importContent(name: string, content: string | Buffer, argv: string[] = []) {
  return startImport([await folder.write(name, content), '--url', url, '--json', ...argv]).done;
}

describe('the file', () => {
  test('gives the same batches and keys plain, compressed and through standard input', async () => {
    const content = `${makeLines(1200, 2).join('\n')}\n`;
    await importContent('lines.ndjson', content);
    const keys = service.keys.length;
    const packed = await importContent('lines.jsonl.gz', gzipSync(content));
    const piped = await startImport(['-', '--url', url, '--json'], { stdin: gzipSync(content) }).done;
    expect(packed.report).toMatchObject({ outcomes: { created: 1200 }, decidedBefore: 1200 });
    expect(piped.report).toMatchObject({ outcomes: { created: 1200 }, decidedBefore: 1200 });
    expect(service.keys).toHaveLength(keys);
  });

  test('that is empty is imported at once', async () => {
    const { exitCode, report } = await importContent('lines.ndjson', '');
    expect({ exitCode, lines: report.lines, posts: service.posts }).toEqual({
      exitCode: 0,
      lines: 0,
      posts: 0,
    });
  });

  test('that is missing or truncated is reported, and the import exits with 1', async () => {
    const missing = await startImport([folder.path('no.ndjson'), '--url', url]).done;
    expect(missing).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('no such file') });
    const cut = gzipSync(makeLines(100, 1).join('\n')).subarray(0, 200);
    const run = await importContent('cut.ndjson.gz', cut);
    expect(run).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('unexpected end of file') });
    expect(service.posts).toBe(0);
  });

  test('as CSV becomes the same requests', async () => {
    const csv = [
      '\uFEFFid,orgId,start,end,createdAt,updatedAt,metadata,op',
      '1,acme,2026-03-23 09:00,2026-03-23 09:30,2026-03-01 12:00,2026-03-01 12:00,"{""note"":\n""a,b""}",',
      '1,acme,,,,2026-03-02 12:00,,cancel',
      '',
    ].join('\r\n');
    const { report } = await importContent('lines.csv', csv);
    expect(report.outcomes).toEqual({ created: 1, cancelled: 1 });
    expect([...service.bodiesByKey.values()].map((body) => JSON.parse(body) as unknown)).toEqual([
      [
        {
          id: '1',
          orgId: 'acme',
          start: '2026-03-23 09:00',
          end: '2026-03-23 09:30',
          createdAt: '2026-03-01 12:00',
          updatedAt: '2026-03-01 12:00',
          metadata: { note: 'a,b' },
        },
        { id: '1', orgId: 'acme', updatedAt: '2026-03-02 12:00', op: 'cancel' },
      ],
    ]);
  });

  test('as CSV with an invalid header is not sent at all', async () => {
    const { exitCode, report } = await importContent('lines.csv', 'id,begin\n1,2\n');
    expect(exitCode).toBe(1);
    expect(report.ending).toMatchObject({ reason: expect.stringContaining('unknown CSV column begin') });
    expect(service.posts).toBe(0);
  });
});

describe('bad lines', () => {
  const CONTENT = [
    '{"id":"1","orgId":"acme"}',
    'not json',
    '[1]',
    '',
    '{"id":"2","orgId":7}',
    `{"id":"${'x'.repeat(70_000)}"}`,
    '{"id":"3","orgId":"acme","start":"refuse me"}',
    '{"id":"4","orgId":"acme"}',
  ].join('\n');

  test('are reported with their line numbers and do not stop the rest', async () => {
    const run = await importContent('lines.ndjson', CONTENT);
    expect(run.exitCode).toBe(3);
    expect(run.report).toMatchObject({ outcomes: { created: 2 }, bad: 4, refused: 1, lines: 7 });
    expect(run.stderr).toContain('line 2: not JSON');
    expect(run.stderr).toContain('line 3: not a JSON object');
    expect(run.stderr).toContain('line 5: /orgId: not a string');
    expect(run.stderr).toContain('line 6: longer than 65536 bytes');
    expect(run.stderr).toContain('line 7 (org acme) refused: /start: not a time');
    expect(service.accepted.get('acme')).toEqual(['1', '4']);
  });

  test('are all in the file of --bad-lines, and the first ones on stderr', async () => {
    const file = folder.path('bad.ndjson');
    const run = await importContent('lines.ndjson', 'nonsense\n'.repeat(150), ['--bad-lines', file]);
    const rows = (await readFile(file, 'utf8')).trimEnd().split('\n');
    expect(rows).toHaveLength(150);
    expect(JSON.parse(rows[149] ?? '')).toMatchObject({ line: 150, by: 'importer' });
    expect(run.stderr).toContain(`line 100:`);
    expect(run.stderr).not.toContain('line 101:');
    expect(run.stderr).toContain('50 more bad lines');
  });

  test('of a CSV file are rows of a wrong length, with bad quotes or with bad metadata', async () => {
    const csv = 'id,metadata\n1,\n2\n3,{oops}\n4,"a"b\n5,\n6,"{""a"":1}"\n';
    const run = await importContent('lines.csv', csv);
    expect(run.report).toMatchObject({ outcomes: { created: 3 }, bad: 3 });
    expect(run.stderr).toContain('line 3: malformed CSV');
    expect(run.stderr).toContain('line 4: /metadata: not JSON');
    expect(run.stderr).toContain('line 5: /metadata: malformed CSV');
  });
});

test('an unclosed quote ends a CSV import with the line where it was detected', async () => {
  const csv = `id,metadata\n1,\n2,"open\n${'3,\n'.repeat(40_000)}`;
  const run = await importContent('lines.csv', csv);
  expect(run.exitCode).toBe(1);
  expect(run.report.ending).toMatchObject({ kind: 'failed', reason: expect.stringContaining('at line') });
});

describe('the command', () => {
  test('exits with 2 on wrong usage', async () => {
    const usages = [
      [],
      ['a.txt'],
      ['a.csv', '--orgs', '0'],
      ['a.csv', '--url', 'nowhere'],
      ['a.csv', '--what'],
    ];
    for (const argv of usages) {
      const run = await startImport(argv).done;
      expect(run).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('error: ') });
    }
  });

  test('shows examples in its help', async () => {
    const run = await startImport(['--help']).done;
    expect(run).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('slotline import week.ndjson.gz'),
    });
  });

  test('ends with a table of outcomes', async () => {
    const file = await folder.write(
      'lines.ndjson',
      `${makeLines(1100, 1).join('\n')}\n{"op":"cancel","id":"1","orgId":"org-0"}`,
    );
    const { stdout } = await startImport([file, '--url', url]).done;
    expect(stdout).toMatch(
      /^outcome {4}lines\n-+\ncreated {4}1,100\ncancelled {6}1\n-+\ntotal {6}1,101\n.* 0 decided before this run · 0 retries\n$/,
    );
  });
});
