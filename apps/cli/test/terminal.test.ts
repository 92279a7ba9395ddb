// Data from clients, web pages, files and servers cannot move the cursor, change colours or forge lines on
// the terminal of a command.

import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { newApiKey } from '@slotline/contract';
import { createKey, openDatabase } from '@slotline/db';
import { createTestDatabase, makeTestFolder, startSystem, testRedis, type System } from '@slotline/testkit';
import { runUp } from './fixtures/run-up.ts';
import { runMain } from './fixtures/run-main.ts';
import { makeImportFolder, startImport, type ImportFolder } from './import-run.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** Clears the screen, changes colours, forges a line in three ways, reverses text. */
const HOSTILE = '\u001b[2J\u009b31m\r\n12:00:00 api error forged\u2028\u202etxt\u007f';
const SHOWN = '\\u{1b}[2J\\u{9b}31m\\u{d}\\u{a}12:00:00 api error forged\\u{2028}\\u{202e}txt\\u{7f}';

/** Characters that control a terminal, except for the command's own line feeds. */
const OBEYED = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

function expectHarmless(output: string): void {
  for (const line of output.split('\n')) {
    expect(line).not.toMatch(OBEYED);
    expect(line).not.toMatch(/^12:00:00 api/);
  }
}

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => void server.close(resolve));
  }
});

/** A server with arbitrary responses. */
async function hostileServer(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answering =
  (status: number, body: unknown): RequestListener =>
  (req, res) => {
    req.resume().on('end', () => {
      res.writeHead(status, { 'content-type': 'application/json', location: '/x' }).end(JSON.stringify(body));
    });
  };

test('an org of a request to the operators’ port writes neither escapes nor lines into the terminal of up', async () => {
  const { url: DATABASE_URL } = await createTestDatabase();
  const { url: REDIS_URL, name: QUEUE_NAME } = testRedis();
  const up = runUp(makeTestFolder('terminal'), { DATABASE_URL, REDIS_URL, QUEUE_NAME }, [MAIN, 'up']);
  await up.printed('Ctrl-C\n');
  const [, admin] = /Operators +(http:\S+)\/metrics/.exec(up.output()) ?? [];
  const path = `/api/admin/orgs/${encodeURIComponent(HOSTILE)}/pause`;
  expect((await fetch(`${admin}${path}`, { method: 'POST' })).status).toBe(200);
  await up.printed('action=pause-org');
  const record = { level: 60, time: 0, app: 'api', msg: 'forged record' };
  const forging = `a\u2028${JSON.stringify(record)}`;
  await fetch(`${admin}/api/admin/orgs/${encodeURIComponent(forging)}/resume`, { method: 'POST' });
  await up.printed('action=resume-org');
  up.kill('SIGTERM');
  expect(await up.exited).toBe(0);
  expect(up.output()).toContain(`orgId=${SHOWN}`);
  expect(up.output()).not.toMatch(/fatal +forged record/);
  expectHarmless(up.output());
});

describe('the commands of operators', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem({ workers: 0 });
  });
  afterAll(() => system.close());

  const run = (...args: string[]) =>
    runMain(args, { SLOTLINE_ADMIN_URL: system.adminUrl, DATABASE_URL: system.databaseUrl });

  test('show the names of orgs as text, in words, tables and JSON', async () => {
    const outputs = [
      await run('orgs', 'pause', HOSTILE),
      await run('orgs', 'set-weight', HOSTILE, '5'),
      await run('orgs', 'list'),
      await run('orgs', 'list', '--json'),
      await run('orgs', 'resume', HOSTILE),
    ];
    for (const { out, err } of outputs) {
      expect(err).toBe('');
      expectHarmless(out);
    }
    expect(outputs[0]?.out).toContain(`${SHOWN} is paused`);
    expect(outputs[2]?.out).toContain(SHOWN);
    expect(JSON.parse(outputs[3]?.out ?? '')).toMatchObject([{ orgId: HOSTILE }]);
  });

  test('show the names of keys as text', async () => {
    const db = openDatabase({ url: system.databaseUrl, poolMax: 1 });
    const { keyId, secretHash } = newApiKey();
    const key = { keyId, secretHash, orgId: HOSTILE, name: HOSTILE, scopes: ['read'] as const };
    await createKey(db, { ...key, expiresAt: null });
    await db.close();
    const made = await run('keys', 'create', '--org', HOSTILE, '--scopes', 'read');
    const listed = await run('keys', 'list');
    const asJson = await run('keys', 'list', '--json');
    for (const { out } of [made, listed, asJson]) expectHarmless(out);
    expect(made.out).toContain(`the org ${SHOWN},`);
    expect(listed.out).toContain(SHOWN);
  });

  test.each([
    ['a refusal', 400, { title: HOSTILE, detail: HOSTILE, errors: [{ pointer: HOSTILE, detail: HOSTILE }] }],
    ['a list', 200, [{ orgId: HOSTILE, waiting: HOSTILE, oldestAgeMs: 1, isPaused: true, weight: HOSTILE }]],
  ])('show %s of a hostile service as text', async (_what, status, body) => {
    const SLOTLINE_ADMIN_URL = await hostileServer(answering(status, body));
    const { out, err } = await runMain(['orgs', 'list'], { SLOTLINE_ADMIN_URL });
    expectHarmless(out + err);
    expect(out + err).toContain(SHOWN);
  });

  test('show a hostile service’s quarantined requests as text', async () => {
    const one = { requestId: HOSTILE, orgId: HOSTILE, quarantinedAt: HOSTILE, operation: HOSTILE };
    const list = [{ ...one, appointmentId: HOSTILE, isRetryable: true, reason: HOSTILE }];
    const listed = await runMain(['quarantine', 'list'], {
      SLOTLINE_ADMIN_URL: await hostileServer(answering(200, list)),
    });
    const retried = await runMain(['quarantine', 'retry', 'x'], {
      SLOTLINE_ADMIN_URL: await hostileServer(
        answering(200, { requestId: HOSTILE, status: 'failed', outcome: { kind: HOSTILE } }),
      ),
    });
    for (const { out, err } of [listed, retried]) expectHarmless(out + err);
    expect(retried.out).toContain(`Retried as ${SHOWN}: ${SHOWN}.`);
    expect(retried.err).toContain(SHOWN);
  });
});

describe('an import', () => {
  let folder: ImportFolder;
  beforeAll(async () => {
    folder = await makeImportFolder();
  });
  afterAll(() => folder.remove());

  const booking = JSON.stringify({ op: 'book', orgId: HOSTILE, id: '1' });

  test.each([
    ['a line that is no JSON', 'lines.ndjson', `{"a": \u001b[2J\u009b31m\u202e}\n`],
    ['the columns of a table', 'table.csv', 'id,"\u001b[2J\u009b31m\u202e"\n1,2\n'],
  ])('shows %s as text', async (_what, name, content) => {
    const { stdout, stderr } = await startImport([await folder.write(name, content)]).done;
    expectHarmless(stdout + stderr);
    expect(stdout + stderr).toContain('\\u{1b}');
  });

  test.each<[string, number, unknown]>([
    ['refusals', 200, { items: [{ status: 400, detail: HOSTILE }] }],
    ['outcomes', 200, { items: [{ status: 'completed', outcome: { kind: HOSTILE } }] }],
    ['a refusal of everything', 403, { detail: HOSTILE }],
  ])('shows %s of a hostile service as text, in words and JSON', async (_what, status, body) => {
    const url = await hostileServer(answering(status, body));
    const file = await folder.write('one.ndjson', `${booking}\n`);
    const inWords = await startImport([file, '--url', url]).done;
    const badLines = folder.path('bad.ndjson');
    const asJson = await startImport([file, '--url', url, '--json', '--bad-lines', badLines]).done;
    for (const { stdout, stderr } of [inWords, asJson]) expectHarmless(stdout + stderr);
    expect(inWords.stdout + inWords.stderr).toContain(SHOWN);
  });

  test('shows its progress and a file name as text', async () => {
    const { stdout, stderr } = await startImport([`no-such-\u001b[2J.ndjson`]).done;
    const unknown = await startImport([`no-such-\u001b[2J`]).done;
    expectHarmless(stdout + stderr + unknown.stderr);
    expect(stderr).toContain('no-such-\\u{1b}[2J.ndjson');
    expect(unknown.stderr).toContain('no-such-\\u{1b}[2J');
  });
});
