// A database with a decider, receivers that fail on demand, and deliverers opened as in production but with
// shorter timeouts. Tests make waiting deliveries due with SQL, so that a pause of five hours takes no time.

import { randomUUID } from 'node:crypto';
import type { Instant } from '@slotline/core';
import {
  createEndpoint,
  findDelivery,
  openDatabase,
  openDecider,
  type AcceptedRequest,
  type Database,
  type DeliveryRecord,
} from '@slotline/db';
import { createLogger, createRegistry, type Logger } from '@slotline/runtime';
import {
  createTestDatabase,
  startReceiver,
  testRedis,
  type ReceivedPost,
  type Receiver,
} from '@slotline/testkit';
import { newSecret, openPoster, sealSecret } from '@slotline/webhook';
import { Client } from 'pg';
import { Webhook } from 'standardwebhooks';
import { createDeliverMetrics, type DeliverMetrics } from '../src/deliver/deliver-metrics.ts';
import { openDeliverer, type Deliverer, type DelivererKnobs } from '../src/deliver/deliverer.ts';
import { UNPROVEN_ORG_PER_MINUTE, UNPROVEN_PER_MINUTE } from '../src/deliver/limits.ts';

const KNOBS: DelivererKnobs = {
  turns: 64,
  unprovenPerMinute: UNPROVEN_PER_MINUTE,
  unprovenOrgPerMinute: UNPROVEN_ORG_PER_MINUTE,
  keptDays: 30,
};

export const LOGGER: Logger = createLogger({ app: 'test', level: 'silent' });

export interface TestEndpoint {
  readonly orgId: string;
  readonly endpointId: string;
  readonly secret: string;
}

export interface TestDeliverer extends Deliverer {
  readonly metrics: DeliverMetrics;
}

type DeliveryRow = Pick<DeliveryRecord, 'deliveryId' | 'endpointId' | 'eventType' | 'status' | 'attempts'> & {
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  readonly body: string;
  /** Time until it is due; negative when it is overdue, `null` when no attempt follows. */
  readonly dueInMs: number | null;
};

const DELIVERIES = `
  select delivery_id as "deliveryId", endpoint_id as "endpointId", event_type as "eventType", status, attempts,
    last_status as "lastStatus", last_error as "lastError", body,
    (extract(epoch from due_at - now()) * 1000)::float8 as "dueInMs"
  from deliveries where org_key = (select org_key from orgs where org_id = $1) order by delivery_key`;

export class DeliverStage {
  readonly db: Database;
  readonly url: string;
  readonly #sql: Client;
  readonly #endings: (() => Promise<unknown>)[] = [];
  readonly #decider: ReturnType<typeof openDecider>;
  #slots = 0;

  private constructor(parts: { url: string; sql: Client }) {
    this.url = parts.url;
    this.#sql = parts.sql;
    this.db = openDatabase({ url: parts.url });
    this.#decider = openDecider({ url: parts.url, lanes: 1 });
  }

  static async open(): Promise<DeliverStage> {
    const database = await createTestDatabase();
    const sql = new Client({ connectionString: database.url });
    sql.on('error', () => {}); // the connection is cut at the end of the run when a test fails
    await sql.connect();
    const stage = new DeliverStage({ url: database.applicationUrl, sql });
    stage.#endings.push(
      () => database.drop(),
      () => sql.end(),
      () => stage.db.close(),
      () => stage.#decider.close(),
    );
    return stage;
  }

  async close(): Promise<void> {
    for (let end = this.#endings.pop(); end !== undefined; end = this.#endings.pop()) await end();
  }

  async receiver(faultOf: Parameters<typeof startReceiver>[0] = {}): Promise<Receiver> {
    const receiver = await startReceiver(faultOf);
    this.#endings.push(() => receiver.close());
    return receiver;
  }

  /** A deliverer with its own queue in Redis: two of them share only the database. */
  async deliverer({
    timeoutMs = 5_000,
    allowPrivate = true,
    secretsKey,
    ...knobs
  }: {
    timeoutMs?: number;
    allowPrivate?: boolean;
    secretsKey?: Uint8Array;
  } & Partial<DelivererKnobs> = {}): Promise<TestDeliverer> {
    const { url: redisUrl, name } = testRedis();
    const policy = { allowPrivate, ports: [443] };
    const poster = openPoster({ policy, timeoutMs });
    const metrics = createDeliverMetrics(createRegistry('test'));
    const deliverer = await openDeliverer({
      db: this.db,
      queueTarget: { redisUrl, name },
      poster,
      secretsKey,
      logger: LOGGER,
      metrics,
      knobs: { ...KNOBS, ...knobs },
      onQueueEvent: () => {},
    });
    this.#endings.push(async () => {
      await deliverer.close({ deadlineMs: 1_500 });
      await poster.close();
    });
    return { ...deliverer, metrics };
  }

  async endpoint(orgId: string, url: string, events: readonly string[] = []): Promise<TestEndpoint> {
    const secret = newSecret();
    const endpointId = randomUUID();
    const made = await createEndpoint(this.db, {
      orgId,
      endpointId,
      url,
      events,
      description: '',
      sealedSecret: sealSecret(secret, undefined),
    });
    if (made.kind !== 'created') throw new Error(`no endpoint: ${made.kind}`);
    return { orgId, endpointId, secret };
  }

  /** Decides `count` bookings without conflicts in one transaction; returns their request ids. */
  async book(
    orgId: string,
    count = 1,
    more: { callbackUrl?: string; metadata?: string } = {},
  ): Promise<readonly string[]> {
    return this.#decide(
      orgId,
      Array.from({ length: count }, () => this.#booking(more)),
    );
  }

  /** Decides one booking for each URL, in one transaction. */
  async bookCallbacks(orgId: string, urls: readonly string[]): Promise<void> {
    await this.#decide(
      orgId,
      urls.map((callbackUrl) => this.#booking({ callbackUrl })),
    );
  }

  async #decide(orgId: string, requests: readonly AcceptedRequest[]): Promise<readonly string[]> {
    await this.#decider.decide([{ orgId, requests }]);
    return requests.map(({ requestId }) => requestId);
  }

  #booking({
    callbackUrl,
    metadata = null,
  }: {
    callbackUrl?: string;
    metadata?: string | null;
  }): AcceptedRequest {
    const start = Date.UTC(2031, 0, 1) + this.#slots++ * 60_000;
    const at = (ms: number) => ms as Instant;
    return {
      operation: 'book',
      requestId: randomUUID(),
      appointmentId: `a-${this.#slots}`,
      resourceId: 'room',
      start: at(start),
      end: at(start + 60_000),
      createdAt: at(0),
      updatedAt: at(0),
      heldUntil: null,
      metadata,
      acceptedAt: at(start),
      callbackUrl,
    };
  }

  async query<T = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<T[]> {
    return (await this.#sql.query(text, values)).rows as T[];
  }

  deliveries(orgId: string): Promise<DeliveryRow[]> {
    return this.query<DeliveryRow>(DELIVERIES, [orgId]);
  }

  async attempts(orgId: string) {
    const [first] = await this.deliveries(orgId);
    if (first === undefined) return [];
    return (await findDelivery(this.db, { orgId, ...first }))?.attemptsLog ?? [];
  }

  /** Resolves with the org's only delivery when the given number of its attempts has ended. */
  async untilAttempted(orgId: string, count: number): Promise<DeliveryRow> {
    for (;;) {
      const attempts = await this.attempts(orgId);
      const [delivery] = await this.deliveries(orgId);
      const isOver = attempts.length >= count && attempts.every(({ tookMs }) => tookMs !== null);
      if (delivery !== undefined && isOver) return delivery;
    }
  }

  /** Makes the org's deliveries due at once, also those under the lease of a dead deliverer. */
  async makeDue(orgId: string): Promise<void> {
    await this.query(
      `update deliveries set due_at = now() where status = 'pending' and due_at <> 'infinity'
       and org_key = (select org_key from orgs where org_id = $1)`,
      [orgId],
    );
  }

  /** Resolves with the org's deliveries when they meet the condition. */
  async untilDeliveries(
    orgId: string,
    isReached: (deliveries: readonly DeliveryRow[]) => boolean,
  ): Promise<readonly DeliveryRow[]> {
    for (;;) {
      const deliveries = await this.deliveries(orgId);
      if (isReached(deliveries)) return deliveries;
    }
  }
}

/** Verifies and parses a post with the reference library; throws when the signature is not of this secret. */
export function verify(secret: string, { body, headers }: ReceivedPost): { type: string; data: unknown } {
  return new Webhook(secret).verify(body, { ...headers }) as { type: string; data: unknown };
}

export function isAll(status: string, count: number) {
  return (deliveries: readonly DeliveryRow[]) =>
    deliveries.length === count && deliveries.every((delivery) => delivery.status === status);
}

/** The distinct bodies by webhook-id; a repeated post must have the same body. */
export function bodiesById(posts: readonly ReceivedPost[]): ReadonlyMap<string, ReadonlySet<string>> {
  const bodies = new Map<string, Set<string>>();
  for (const { headers, body } of posts) {
    const id = headers['webhook-id'] ?? '';
    bodies.set(id, (bodies.get(id) ?? new Set()).add(body));
  }
  return bodies;
}
