// No secret and no client data appears in log lines, refusals or metrics. The test puts a canary in each place,
// exercises the service, then searches all of its output.

import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newApiKey } from '@slotline/contract';
import { openOrgQueue } from '@slotline/queue';
import { PROJECT } from '../chaos/app-process.ts';
import { BOOKING } from '../system/a-booking.ts';
import { canary, openCanaryStage, ORG, type CanaryStage } from './canary-stage.ts';

/** Part of every canary but those that the service makes itself. */
const MARK = canary('');

let stage: CanaryStage;
let key: string;
/** Secrets that were made here or by the service; a part of each is enough to find it. */
const secrets: string[] = [MARK];
/** What came back as a refusal, and the metrics. */
const answers: string[] = [];
const statuses = new Set<number>();

/** Starting two stores and three processes, which strip types at load, is slow on a busy machine. */
const STARTING_MS = 120_000;

beforeAll(async () => {
  stage = await openCanaryStage();
  key = await stage.makeKey(['read', 'write', 'webhooks']);
  remember(key);
}, STARTING_MS);
afterAll(async () => {
  await stage.close();
});

function remember(secret: string): void {
  const own = /(?:slk_[0-9a-z]{16}_|whsec_)(.+)$/.exec(secret)?.[1] ?? secret;
  secrets.push(own.slice(0, 20));
}

interface Call {
  readonly method?: string;
  readonly authorization?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly url?: string;
}

/** Sends a request and keeps its answer if it is a refusal; a success contains the client's own data. */
async function ask(address: string, { method, authorization, headers, body, url }: Call = {}) {
  const answer = await fetch((url ?? stage.api.address) + address, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      authorization: authorization ?? `Bearer ${key}`,
      'content-type': 'application/json',
      cookie: `session=${canary('cookie')}`,
      'user-agent': canary('useragent'),
      'x-api-key': canary('header'),
      'x-forwarded-for': canary('forwarded'),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  statuses.add(answer.status);
  if (answer.status >= 400) answers.push(JSON.stringify([...answer.headers]), text);
  return { status: answer.status, text, json: () => JSON.parse(text) as Record<string, never> };
}

let made = 0;
const wanted = (change: object = {}) => ({
  ...BOOKING,
  id: `id-${(made += 1)}`,
  resourceId: `room-${made}`,
  metadata: { [canary('metadataname')]: canary('metadata') },
  ...change,
});

const keyed = (place: string) => ({ 'idempotency-key': `${canary(place)}-${(made += 1)}` });

describe('everything happens', () => {
  it('bookings, conflicts, replays and reads', async () => {
    const headers = { ...keyed('idempotencykey'), prefer: 'wait=20' };
    const body = wanted();
    const first = await ask('/api/appointments', { body, headers });
    const again = await ask('/api/appointments', { body, headers });
    const other = await ask('/api/appointments', { body: wanted(), headers });
    const conflict = await ask('/api/appointments', {
      body: wanted({ resourceId: body.resourceId }),
      headers: { prefer: 'wait=20' },
    });
    const batch = await ask('/api/appointments/batch', {
      body: [wanted(), wanted({ start: canary('start') })],
      headers: keyed('batchkey'),
    });
    const list = await ask('/api/appointments');
    expect([first, again, other, conflict, batch, list].map(({ status }) => status)).toEqual([
      201, 201, 422, 409, 202, 200,
    ]);
  });

  it('refusals', async () => {
    const secret = canary('value');
    const calls: [string, Call?][] = [
      ['/api/appointments', { body: wanted({ start: secret, updatedAt: secret, holdSeconds: secret }) }],
      ['/api/appointments', { body: `{"a": ${secret}` }],
      ['/api/appointments', { body: `{"__proto__": "${secret}"}` }],
      ['/api/appointments', { body: wanted({ callbackUrl: `https://${secret}:${secret}@hook.example/` }) }],
      ['/api/appointments', { body: wanted({ callbackUrl: `ftp://hook.example/${secret}` }) }],
      ['/api/appointments', { body: 'x'.repeat(70_000) + secret }],
      ['/api/appointments', { body: wanted(), headers: { 'idempotency-key': secret.padEnd(256, 'x') } }],
      ['/api/appointments', { body: wanted(), headers: { 'content-type': `text/${secret}` } }],
      [`/api/appointments?limit=${secret}&cursor=${secret}&from=${secret}`],
      [`/api/appointments?orgId=${secret}`],
      [`/api/requests/${secret}`],
      [`/api/${secret}?key=${secret}`],
      ['/api/appointments/42', { method: 'PUT' }],
    ];
    for (const [address, call] of calls)
      expect((await ask(address, call)).status).toBeGreaterThanOrEqual(400);
  });

  it('refused credentials, on every port', async () => {
    const unknown = newApiKey().text;
    const onlyReads = await stage.makeKey(['read']);
    for (const secret of [unknown, onlyReads]) remember(secret);
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'RS256', kid: canary('kid') })}.${part({ sub: canary('subject') })}.${canary('signature')}`;
    remember(part({ sub: canary('subject') }));
    for (const authorization of [
      `Bearer ${canary('bearer')}`,
      `Bearer slk_${'0'.repeat(16)}_${canary('secret').padEnd(43, '0')}`,
      `Basic ${Buffer.from(canary('basic')).toString('base64')}`,
      `Bearer ${unknown}`,
      `Bearer ${token}`,
    ]) {
      for (const { address, adminAddress } of [stage.api, stage.tokenApi]) {
        await ask('/api/appointments', { authorization, url: address });
        await ask('/api/admin/orgs', { authorization, url: adminAddress });
      }
    }
    await ask('/api/appointments', { authorization: `Bearer ${onlyReads}`, body: wanted() });
    expect([401, 403, 503].map((status) => statuses.has(status))).toEqual([true, true, true]);
  });

  it('webhooks that cannot be posted, with secrets that are shown once', async () => {
    const url = `http://127.0.0.1:1/${canary('webhookpath')}?token=${canary('webhookquery')}`;
    const endpoint = await ask('/api/webhooks', { body: { url } });
    expect(endpoint.status).toBe(201);
    const { id, secret } = endpoint.json() as unknown as { id: string; secret: string };
    const rotated = await ask(`/api/webhooks/${id}/rotate-secret`, { method: 'POST' });
    for (const text of [secret, (rotated.json() as unknown as { secret: string }).secret]) remember(text);
    await ask('/api/appointments', { body: wanted({ callbackUrl: url }), headers: { prefer: 'wait=20' } });
    await ask(`/api/webhooks/${id}/ping`, { method: 'POST' });
    await until(() => /"msg":"(attempt|an attempt got no answer)"|for good/.test(stage.said()));
  });

  it('an undecidable request, which is quarantined', async () => {
    const queue = await openOrgQueue<unknown, unknown>({
      redisUrl: stage.redisUrl,
      name: stage.environment['QUEUE_NAME'] ?? '',
    });
    const requestId = randomUUID();
    const payload = { [canary('poisonname')]: canary('poison'), start: canary('poison') };
    await queue.accept([{ id: requestId, orgId: ORG, payload }]);
    await until(() => stage.said().includes('item-buried'));
    await queue.close();
  });

  it('outages of both stores', async () => {
    await stage.without('postgres', async () => {
      expect((await ask('/api/appointments')).status).toBe(503);
      expect((await ask('/api/appointments', { body: wanted(), headers: keyed('outagekey') })).status).toBe(
        202,
      );
    });
    await stage.without('redis', async () => {
      expect((await ask('/api/appointments', { body: wanted(), headers: keyed('outagekey') })).status).toBe(
        503,
      );
    });
    await until(async () => (await ask('/api/appointments')).status === 200);
    await until(async () => {
      const { status } = await ask('/api/appointments', { body: wanted(), headers: { prefer: 'wait=5' } });
      return status === 201;
    });
  });

  it('metrics and health, of both apps', async () => {
    for (const [address, url] of [
      ['/metrics', stage.api.adminAddress],
      ['/metrics', stage.workerUrl],
      ['/readyz', stage.api.adminAddress],
      ['/api/openapi.json', stage.api.address],
    ] as const) {
      const { status, text } = await ask(address, { url });
      expect(status).toBe(200);
      answers.push(text);
    }
  });

  it('the end', async () => {
    expect(await stage.stop()).toEqual([0, 0, 0]);
  });
});

describe('no canary', () => {
  const found = (text: string) => secrets.filter((secret) => text.includes(secret));

  it('is in a log line, and the search does find a canary in a sample line', () => {
    const lines = stage.said().split('\n');
    expect(lines.filter((line) => found(line).length > 0)).toEqual([]);
    // The log is not empty: it has lines of every level from debug to error.
    const levels = new Set(lines.map((line) => /^\{"level":(\d+)/.exec(line)?.[1]));
    expect([...levels]).toEqual(expect.arrayContaining(['20', '30', '40', '50']));
    expect(found(`{"a":"${canary('anything')}"}`)).toEqual([MARK]);
    expect(found(key)).toHaveLength(1);
  });

  it('is dropped from a line, because no code logs a forbidden field', () => {
    expect(
      stage
        .said()
        .split('\n')
        .filter((line) => line.includes('"dropped":')),
    ).toEqual([]);
  });

  it('is in a refusal or in a metric', () => {
    expect(answers.length).toBeGreaterThan(40);
    expect(answers.filter((text) => found(text).length > 0)).toEqual([]);
  });
});

describe('a process that fails at start reports the reason without its secrets', () => {
  const run = (app: string, args: string[], environment: Record<string, string>) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--conditions=source', path.join(PROJECT, 'apps', app, 'src/main.ts'), ...args],
      { env: { ...process.env, ...stage.environment, ...environment }, encoding: 'utf8' },
    );
    return { status, words: stdout + stderr };
  };
  const wrong = (url = '') => url.replace(/:kanari0\w+@/, `:${canary('wrongpassword')}@`);

  it.each<[string, string, string[], (environment: Record<string, string>) => Record<string, string>]>([
    ['an API with a wrong password for Redis', 'api', [], (env) => ({ REDIS_URL: wrong(env['REDIS_URL']) })],
    [
      'a worker with a wrong password for Redis',
      'worker',
      [],
      (env) => ({ REDIS_URL: wrong(env['REDIS_URL']) }),
    ],
    [
      'a migration with a wrong password',
      'cli',
      ['migrate'],
      (env) => ({ DATABASE_URL: wrong(env['DATABASE_URL']) }),
    ],
    ['an API with invalid settings', 'api', [], () => ({ REDIS_URL: canary('url'), AUTH: canary('auth') })],
    [
      'an API with an invalid URL',
      'api',
      [],
      () => ({ DATABASE_URL: `postgres://a:${canary('p')}@h:port/db` }),
    ],
    ['a worker with a key that is too short', 'worker', [], () => ({ WEBHOOK_SECRETS_KEY: canary('key') })],
  ])('%s', (_what, app, args, change) => {
    const { status, words } = run(app, args, change(stage.environment));
    expect([status, words]).toEqual([1, expect.not.stringContaining(MARK)]);
    expect(words.trim().length).toBeGreaterThan(20);
  });
});

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await delay(20);
}
