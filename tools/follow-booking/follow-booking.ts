// Measures which functions of the project one booking calls, from its POST to its delivered webhook. API, worker and
// receiver run warmed up in this process. A round counts the calls of a whole booking, of a POST up to its 202 with the
// org paused, and of an idle period as long after each. A function is on the path if every round called it, and on
// average at least half a call more than in the idle periods, which have the calls of background loops.

import { readdirSync, rmdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  makeTestFolder,
  prepareDatabase,
  startPostgres,
  startReceiver,
  startRedis,
  startSystem,
  type RunningServer,
} from '@slotline/testkit';
import { Client } from 'pg';
import { startCallCounter, type Calls, type CallCounter, type ProjectFunction } from './count-calls.ts';

/** Functions in the order of files and lines. */
export interface Followed {
  readonly rounds: number;
  /** From the POST to the delivered webhook. */
  readonly whole: readonly ProjectFunction[];
  /** Those of `whole` that run before the client has the 202. */
  readonly before202: readonly ProjectFunction[];
  /** Functions that only some rounds called; they are not on the path. */
  readonly occasional: number;
}

export interface FollowOptions {
  readonly rounds: number;
  readonly onProgress: (line: string) => void;
  /** Ends the run with the signal's reason; what was started is ended first. */
  readonly signal: AbortSignal;
}

const ORG = 'acme';
const WARM_UP_BOOKINGS = 20;
/** Before each count: what a previous step left to do is done by then. */
const QUIET_MS = 100;
/** After the delivery is recorded: the queue of deliveries acknowledges it. */
const SETTLE_MS = 50;
const DELIVERY_MAX_MS = 30_000;
const POLL_MS = 5;
/** Calls more than in an idle period, on average, that a function on the path has. */
const EXCESS_MIN = 0.5;
const SLOT_MS = 600_000;

export async function followBooking({ rounds, onProgress, signal }: FollowOptions): Promise<Followed> {
  const cleanUps: (() => unknown)[] = [];
  const opened = <T>(value: T, close: (value: T) => unknown): T => {
    cleanUps.unshift(() => close(value));
    return value;
  };
  try {
    onProgress('starting PostgreSQL, Redis, an API and a worker');
    const folder = opened(makeTestFolder('follow-booking'), removeFolder);
    const postgres = opened(await startPostgres({ dir: path.join(folder, 'postgres') }), endServer);
    const redis = opened(await startRedis({ dir: path.join(folder, 'redis') }), endServer);
    await prepareDatabase(postgres.url);
    const database = opened(new Client({ connectionString: postgres.url }), (it) => it.end());
    await database.connect();
    const receiver = opened(await startReceiver(), (it) => it.close());
    const system = opened(
      await startSystem({
        ...{ databaseUrl: postgres.url, redisUrl: redis.url },
        environment: { WEBHOOK_ALLOW_PRIVATE: 'true' },
      }),
      (it) => it.close(),
    );
    const client = new BookingClient({ ...system, database, signal });
    await client.register(`${receiver.url}/hook`);
    onProgress(`warming up with ${WARM_UP_BOOKINGS} bookings`);
    const counter = opened(await startCallCounter(), (it) => it.close());
    for (let count = 0; count < WARM_UP_BOOKINGS; count++) await client.bookUntilDelivered();
    const measured: Round[] = [];
    while (measured.length < rounds) {
      onProgress(`round ${measured.length + 1} of ${rounds}`);
      measured.push(await measureRound(client, counter));
    }
    return judge(measured);
  } finally {
    for (const cleanUp of cleanUps) await cleanUp();
  }
}

/** The data may be outside the folder that was given, see embedded's postgres-folder.ts. */
async function endServer(server: RunningServer): Promise<void> {
  await server.stop();
  rmSync(server.dataDir, { recursive: true, force: true });
}

function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  const run = path.dirname(folder);
  if (readdirSync(run).length === 0) rmdirSync(run);
}

/** Sends bookings of one org as a client does, and knows when their webhooks are delivered. */
class BookingClient {
  readonly #service: { url: string; adminUrl: string; database: Client; signal: AbortSignal };
  #sent = 0;

  constructor(service: { url: string; adminUrl: string; database: Client; signal: AbortSignal }) {
    this.#service = service;
  }

  /** Of one event, so that a booking is one delivery. */
  async register(url: string): Promise<void> {
    await this.#post(`${this.#service.url}/api/webhooks`, {
      orgId: ORG,
      url,
      events: ['appointment.created'],
    });
  }

  /** Resolves with the 202. */
  async book(): Promise<void> {
    const start = Date.UTC(2030, 0, 1) + this.#sent * SLOT_MS;
    this.#sent += 1;
    await this.#post(`${this.#service.url}/api/appointments`, {
      ...{ id: String(this.#sent), orgId: ORG, resourceId: 'room-1' },
      start: new Date(start).toISOString(),
      end: new Date(start + SLOT_MS).toISOString(),
      ...{ createdAt: '2029-09-02T14:23:12Z', updatedAt: '2029-09-28T14:23:12Z' },
    });
  }

  /** Resolves when the delivery of every booking is recorded as delivered. */
  async untilDelivered(): Promise<void> {
    const { database, signal } = this.#service;
    const deadline = performance.now() + DELIVERY_MAX_MS;
    const countDelivered = `select count(*)::int as count from deliveries where status = 'delivered'`;
    for (;;) {
      signal.throwIfAborted();
      const { rows } = await database.query<{ count: number }>(countDelivered);
      if (rows[0]?.count === this.#sent) return;
      if (performance.now() > deadline) {
        throw new Error(`Booking ${this.#sent} has no delivered webhook after ${DELIVERY_MAX_MS / 1_000} s.`);
      }
      await sleep(POLL_MS);
    }
  }

  async bookUntilDelivered(): Promise<void> {
    await this.book();
    await this.untilDelivered();
  }

  /** A paused org's bookings are accepted and not decided. */
  async whilePaused<T>(use: () => Promise<T>): Promise<T> {
    const org = `${this.#service.adminUrl}/api/admin/orgs/${ORG}`;
    await this.#post(`${org}/pause`, {});
    const result = await use();
    await this.#post(`${org}/resume`, {});
    await this.untilDelivered();
    return result;
  }

  async #post(url: string, body: object): Promise<void> {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`POST ${url} was answered ${answer.status}: ${text}`);
  }
}

/** Calls during a step and during an idle period of the same length. */
interface Sample {
  readonly busy: Calls;
  readonly idle: Calls;
}

interface Round {
  readonly whole: Sample;
  readonly before202: Sample;
}

async function measureRound(client: BookingClient, counter: CallCounter): Promise<Round> {
  const whole = await sample(counter, async () => {
    await client.bookUntilDelivered();
    await sleep(SETTLE_MS);
  });
  const before202 = await client.whilePaused(() => sample(counter, () => client.book()));
  return { whole, before202 };
}

async function sample(counter: CallCounter, step: () => Promise<void>): Promise<Sample> {
  await sleep(QUIET_MS);
  await counter.take();
  const startedAt = performance.now();
  await step();
  const tookMs = performance.now() - startedAt;
  const busy = await counter.take();
  await sleep(tookMs);
  return { busy, idle: await counter.take() };
}

function judge(rounds: readonly Round[]): Followed {
  const whole = findPath(rounds.map((round) => round.whole));
  const before202 = findPath(rounds.map((round) => round.before202));
  return {
    rounds: rounds.length,
    whole: inOrder(whole.path),
    before202: inOrder(new Map([...before202.path].filter(([key]) => whole.path.has(key)))),
    occasional: whole.occasional,
  };
}

function findPath(samples: readonly Sample[]) {
  const seen = new Map(samples.flatMap(({ busy }) => [...busy].map(([key, { called }]) => [key, called])));
  const isSteady = (key: string) => samples.every(({ busy }) => busy.has(key));
  const excessOf = (key: string) =>
    samples.reduce(
      (sum, { busy, idle }) => sum + (busy.get(key)?.count ?? 0) - (idle.get(key)?.count ?? 0),
      0,
    );
  const isCaused = (key: string) => excessOf(key) >= EXCESS_MIN * samples.length;
  return {
    path: new Map([...seen].filter(([key]) => isSteady(key) && isCaused(key))),
    occasional: [...seen.keys()].filter((key) => !isSteady(key) && isCaused(key)).length,
  };
}

function inOrder(functions: ReadonlyMap<string, ProjectFunction>): readonly ProjectFunction[] {
  return [...functions.values()].sort(
    (one, other) => one.file.localeCompare(other.file) || one.offset - other.offset,
  );
}
