// The cost of large rows, and of clients that do not read, is bounded for the process and for other orgs.

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startSystem, type System } from '@slotline/testkit';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import request from 'supertest';
import { startApp } from '../chaos/app-process.ts';
import { nextOf, readPages, send } from './a-calendar.ts';
import { writeLargeOrg } from './a-large-org.ts';

const PAGE_BYTES_MAX = 1_048_576;
const ANSWER_BYTES_MAX = 8 * PAGE_BYTES_MAX;
/** A quarter of the budget. */
const SHARE = 2 * PAGE_BYTES_MAX;

const LARGE = '/api/appointments?orgId=large&limit=1000';
const VERBOSE = '/api/requests?orgId=verbose&limit=65';

let system: System;
beforeAll(async () => {
  system = await startSystem({ environment: { ANSWER_BYTES_MAX: String(ANSWER_BYTES_MAX) } });
  await writeLargeOrg(system.databaseUrl, { orgId: 'large', appointments: 1_000 });
  await writeLargeOrg(system.databaseUrl, { orgId: 'verbose', outcomes: 65 });
  await send(system, 'small', [{ id: 'a', from: 0, to: 60 }]);
}, 120_000);
afterAll(() => system.close());

async function answerBytes(): Promise<number> {
  const { text } = await request(system.adminUrl).get('/metrics');
  return Number(/^slotline_answer_bytes(?:\{.*\})? (\d+)$/m.exec(text)?.[1]);
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(50);
}

it('a page of large appointments ends at 1 MB, and its links lead through all of them', async () => {
  const answer = await request(system.url).get(LARGE);
  expect([answer.status, nextOf(answer.headers)]).toEqual([200, expect.stringContaining('cursor=')]);
  expect(Number(answer.headers['content-length'])).toBe(Buffer.byteLength(answer.text));
  expect(Buffer.byteLength(answer.text)).toBeLessThan(1.1 * PAGE_BYTES_MAX);
  const pages = await readPages<{ id: string }>(system, LARGE);
  expect(new Set(pages.flat().map(({ id }) => id)).size).toBe(1_000);
});

it('a list of outcomes that each exceed a page has one outcome on each page', async () => {
  const shown = new Set<string>();
  let next: string | undefined = VERBOSE;
  for (let page = 0; page < 5 && next !== undefined; page++) {
    const answer = await request(system.url).get(next);
    expect([answer.status, answer.body.length]).toEqual([200, 1]);
    shown.add(answer.body[0].requestId as string);
    next = nextOf(answer.headers);
  }
  expect(shown.size).toBe(5);
});

it('many parallel lists of large outcomes are answered or refused, and the process stays below 400 MB', async () => {
  const { databaseUrl: DATABASE_URL, redisUrl: REDIS_URL, queueName: QUEUE_NAME } = system;
  const api = await startApp('api', { DATABASE_URL, REDIS_URL, QUEUE_NAME, PORT: '0', ADMIN_PORT: '0' });
  try {
    const answers = await Promise.all(Array.from({ length: 20 }, () => request(api.address).get(VERBOSE)));
    for (const { status } of answers) expect([200, 503]).toContain(status);
    expect(answers.some(({ status }) => status === 200)).toBe(true);
    expect(api.hasEnded()).toBe(false);
    expect(api.peakMemory()).toBeLessThan(400_000_000);
  } finally {
    await api.stop();
  }
});

it('a client that does not read uses up the byte budget of its org only, until it disconnects', async () => {
  const sockets = Array.from({ length: 8 }, () => askWithoutReading(LARGE, 30));
  try {
    // The socket buffers take some answers of each connection before writes block.
    let refused = await request(system.url).get(LARGE);
    while (refused.status === 200) refused = await request(system.url).get(LARGE);
    expect([refused.status, refused.body.type]).toEqual([503, 'urn:slotline:problem:overloaded']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(await answerBytes()).toBeLessThanOrEqual(1.1 * SHARE);
    const other = await request(system.url).get('/api/appointments?orgId=small');
    expect([other.status, other.body.length]).toEqual([200, 1]);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
  await until(async () => (await answerBytes()) === 0);
  expect((await request(system.url).get(LARGE)).status).toBe(200);
});

/** A client that pipelines `count` requests and reads no answer. */
function askWithoutReading(path: string, count: number): Socket {
  const socket = connect(Number(new URL(system.url).port), '127.0.0.1').pause();
  socket.on('error', () => undefined);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(count));
  return socket;
}

it('a calendar of large appointments is whole, and holds one page of bytes while its client does not read', async () => {
  const calendar = '/api/appointments.ics?orgId=large&to=2031-01-01T00:00Z';
  const { text, headers } = await request(system.url).get(calendar);
  const uids = [...text.matchAll(/^UID:(.*)\r$/gm)].map(([, uid]) => uid);
  expect([uids.length, new Set(uids).size, nextOf(headers)]).toEqual([1_000, 1_000, undefined]);
  expect(text.endsWith('END:VCALENDAR\r\n')).toBe(true);
  expect(Buffer.byteLength(text)).toBeLessThan(1_000 * 1_500);
  const socket = askWithoutReading(calendar, 20);
  try {
    await until(async () => (await answerBytes()) === 2 * PAGE_BYTES_MAX);
  } finally {
    socket.destroy();
  }
  await until(async () => (await answerBytes()) === 0);
});

it('long polls hold no bytes while they wait, and all of them are answered when a change comes', async () => {
  const polls = Array.from({ length: 30 }, () =>
    request(system.url)
      .get('/api/changes?orgId=polled&wait=20')
      .then(({ status, body }) => [status, body.length]),
  );
  await until(async () => (await answerBytes()) === 0);
  await send(system, 'polled', [{ id: 'a', from: 0, to: 60 }]);
  expect(await Promise.all(polls)).toEqual(polls.map(() => [200, 1]));
});
