// The organisation beside the attack: books with `Prefer: wait` and lists by the clock, follows its changes by event
// stream, and receives its webhooks. All times count from the intended start, so that a pause of the service is in them.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';

import { VictimCourse } from './victim-course.ts';
import type { VictimFigures, VictimTarget } from './victim-messages.ts';

const BOOKINGS_PER_SECOND = 20;
const LISTS_PER_SECOND = 5;
/** A new stream is opened so often, and replaces the last one: a stream that is open already says nothing of admission. */
const STREAM_EVERY_MS = 2_000;
/** Of one request; also how long the answers of a measurement are waited for after its end. */
const ANSWER_MS_MAX = 10_000;
/** How long webhooks and events are waited for after the last answer. */
const TOLD_MS_MAX = 10_000;
const LOOK_MS = 20;
const CONNECTIONS = 128;
const FIRST_SLOT_MS = Date.UTC(2030, 0, 1);
const SLOT_MS = 600_000;
const OWN_ID = /"victim-(\d+)"/g;

export class VictimClient {
  readonly #target: VictimTarget;
  readonly #pool: Pool;
  readonly #headers: Record<string, string>;
  #course = new VictimCourse();
  #number = 0;
  #stream: AbortController | undefined;
  /** The last event that was read; streams go on from there. */
  #lastEventId = '0';

  constructor(target: VictimTarget) {
    this.#target = target;
    this.#headers = { authorization: `Bearer ${target.key}`, 'content-type': 'application/json' };
    this.#pool = new Pool(target.address, { connections: CONNECTIONS, pipelining: 1 });
  }

  /** Listens for webhooks and registers for them. Throws when the service does not take the registration. */
  async begin(): Promise<void> {
    const server = createServer((req, res) => {
      let body = '';
      req.on('data', (data: Buffer) => (body += data.toString()));
      req.on('end', () => {
        this.#hear('webhook', body);
        res.writeHead(204).end();
      });
    });
    server.keepAliveTimeout = 60_000;
    const body = JSON.stringify({ url: `${await listen(server)}/told`, events: ['appointment.created'] });
    const { statusCode, body: answer } = await this.#request('POST', '/api/webhooks', body);
    const text = await answer.text();
    if (statusCode >= 300) throw new Error(`the victim's webhook was answered ${statusCode}: ${text}`);
  }

  /** Books, lists and follows for `seconds`; resolves when all is answered and notified, or given up. */
  async measure(seconds: number): Promise<VictimFigures> {
    const course = new VictimCourse();
    this.#course = course;
    const forSeconds = (perSecond: number, act: (intendedAt: number) => Promise<void>) =>
      byTheClock({ perSecond, seconds, act });
    await Promise.all([
      forSeconds(BOOKINGS_PER_SECOND, (at) => this.#book(course, at)),
      forSeconds(LISTS_PER_SECOND, (at) => this.#list(course, at)),
      forSeconds(1_000 / STREAM_EVERY_MS, () => this.#follow(course)),
    ]);
    const endsAt = performance.now() + TOLD_MS_MAX;
    while (!course.isAllTold() && performance.now() < endsAt) await sleep(LOOK_MS);
    return course.figures();
  }

  async #book(course: VictimCourse, intendedAt: number): Promise<void> {
    const number = this.#number++;
    course.expect(number, intendedAt);
    const status = await this.#statusOf('POST', '/api/appointments', bookingOf(number));
    course.answer('booking', status, intendedAt);
    if (status >= 300 || status === 0) course.forget(number);
  }

  async #list(course: VictimCourse, intendedAt: number): Promise<void> {
    course.answer('list', await this.#statusOf('GET', '/api/appointments?limit=100'), intendedAt);
  }

  async #follow(course: VictimCourse): Promise<void> {
    const abort = new AbortController();
    const headers = { ...this.#headers, 'last-event-id': this.#lastEventId };
    const timer = setTimeout(() => abort.abort(), ANSWER_MS_MAX);
    try {
      const answer = await fetch(`${this.#target.address}/api/changes/stream`, {
        headers,
        signal: abort.signal,
      });
      course.answer('stream', answer.status);
      if (answer.status !== 200) return await answer.body?.cancel();
      this.#stream?.abort();
      this.#stream = abort;
      void this.#read(answer.body).catch(() => undefined); // ended by the next stream, or by the service
    } catch {
      course.answer('stream', 0);
    } finally {
      clearTimeout(timer);
    }
  }

  async #read(body: ReadableStream<Uint8Array> | null): Promise<void> {
    let rest = '';
    for await (const text of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const events = (rest + text).split('\n\n');
      rest = events.pop() ?? '';
      for (const event of events) {
        this.#lastEventId = /^id: ?(.+)$/m.exec(event)?.[1] ?? this.#lastEventId;
        this.#hear('stream', event);
      }
    }
  }

  #hear(by: 'webhook' | 'stream', text: string): void {
    for (const [, number] of text.matchAll(OWN_ID)) this.#course.tell(by, Number(number));
  }

  async #statusOf(method: 'GET' | 'POST', path: string, body?: string): Promise<number> {
    try {
      const answer = await this.#request(method, path, body);
      await answer.body.dump({ limit: Infinity });
      return answer.statusCode;
    } catch {
      return 0;
    }
  }

  #request(method: 'GET' | 'POST', path: string, body?: string) {
    return this.#pool.request({
      method,
      path,
      headers: {
        ...this.#headers,
        ...(method === 'POST' && path === '/api/appointments' ? { prefer: 'wait=9' } : {}),
      },
      ...(body === undefined ? {} : { body }),
      headersTimeout: ANSWER_MS_MAX,
      bodyTimeout: ANSWER_MS_MAX,
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
  }
}

interface ClockPlan {
  readonly perSecond: number;
  readonly seconds: number;
  act(intendedAt: number): Promise<void>;
}

/** Acts by the clock whatever becomes of it, at least once in any time at all; resolves when all is done. */
async function byTheClock({ perSecond, seconds, act }: ClockPlan): Promise<void> {
  const startedAt = performance.now();
  const acts: Promise<void>[] = [];
  const times = Math.ceil(perSecond * seconds);
  const firstMs = (Math.min(1 / perSecond, seconds) / 2) * 1_000;
  for (let at = 0; at < times; at++) {
    const intendedAt = startedAt + firstMs + (at * 1_000) / perSecond;
    await sleep(Math.max(0, intendedAt - performance.now()));
    acts.push(act(intendedAt));
  }
  await Promise.all(acts);
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function bookingOf(number: number): string {
  const instant = (at: number) => new Date(FIRST_SLOT_MS + at * SLOT_MS).toISOString();
  const noted = '2029-09-28T14:23:12.000Z';
  const facts = { id: `victim-${number}`, start: instant(number), end: instant(number + 1) };
  return JSON.stringify({ ...facts, createdAt: noted, updatedAt: noted });
}
