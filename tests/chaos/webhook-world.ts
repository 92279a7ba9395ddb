// Orgs that owe webhooks: bookings that the decider decides, endpoints and callbacks of one receiver, and one deliverer
// as a separate process. The expected webhooks are derived from the bookings, not from the stored deliveries.

import { randomBytes, randomUUID } from 'node:crypto';
import type { Instant } from '@slotline/core';
import {
  callbacksEndpointIdOf,
  createEndpoint,
  deliveryIdOf,
  openDatabase,
  openDecider,
  redeliver,
  type AcceptedRequest,
  type Database,
} from '@slotline/db';
import { createTestDatabase, testRedis, type TestDatabase } from '@slotline/testkit';
import { newSecret, openSecret, sealSecret } from '@slotline/webhook';
import pg from 'pg';
import { startApp, type AppProcess } from './app-process.ts';

/**
 * The jobs of a killed process wait until BullMQ finds that their locks have expired, within 8 s. With more receivers
 * than turns the restarted process always has other jobs to do.
 */
const TURNS = '16';
const ORGS = Array.from({ length: 40 }, (_, at) => `org-${at}`);
const GROUP_MAX = 250;
/** Two signs of two bytes and one of four: what is signed are bytes, not characters. */
const METADATA = JSON.stringify({ note: 'Größe 😀' });

interface Endpoint {
  readonly orgId: string;
  readonly endpointId: string;
  readonly secret: string;
  readonly events: readonly string[];
}

export class WebhookWorld {
  readonly #database: TestDatabase;
  readonly #sql: pg.Client;
  readonly #db: Database;
  readonly #redis = testRedis();
  readonly #key = randomBytes(32);
  readonly #receiverUrl: string;
  readonly #endpoints: Endpoint[] = [];
  readonly #requests: { orgId: string; requestId: string }[] = [];
  #deliverer: AppProcess | undefined;
  #slots = 0;

  private constructor(parts: { database: TestDatabase; sql: pg.Client; receiverUrl: string }) {
    this.#database = parts.database;
    this.#sql = parts.sql;
    this.#receiverUrl = parts.receiverUrl;
    this.#db = openDatabase({ url: parts.database.applicationUrl });
  }

  static async open(receiverUrl: string): Promise<WebhookWorld> {
    const database = await createTestDatabase();
    const sql = new pg.Client({ connectionString: database.url });
    sql.on('error', () => {}); // cut by the end of the run when a test fails
    await sql.connect();
    const world = new WebhookWorld({ database, sql, receiverUrl });
    for (const orgId of ORGS) {
      await world.#register(orgId, []);
      await world.#register(orgId, ['appointment.created']);
    }
    return world;
  }

  async #register(orgId: string, events: readonly string[]): Promise<void> {
    const [endpointId, secret] = [randomUUID(), newSecret()];
    const sealedSecret = sealSecret(secret, this.#key);
    const url = `${this.#receiverUrl}/${orgId}/${events.length}`;
    await createEndpoint(this.#db, { orgId, endpointId, url, events, description: '', sealedSecret });
    this.#endpoints.push({ orgId, endpointId, secret, events });
  }

  /** Decides `count` bookings, over all orgs in turn. Each owes four deliveries: three to endpoints, one callback. */
  async book(count: number): Promise<void> {
    const decider = openDecider({ url: this.#database.applicationUrl, lanes: 1 });
    for (let made = 0; made < count; made += GROUP_MAX) {
      const group = Array.from({ length: Math.min(GROUP_MAX, count - made) }, () => this.#booking());
      await decider.decide(
        [...Map.groupBy(group, ({ orgId }) => orgId)].map(([orgId, ofOrg]) => ({
          orgId,
          requests: ofOrg.map(({ request }) => request),
        })),
      );
      for (const { orgId, request } of group) this.#requests.push({ orgId, requestId: request.requestId });
    }
    await decider.close();
  }

  #booking(): { orgId: string; request: AcceptedRequest } {
    const orgId = ORGS[this.#slots++ % ORGS.length] ?? '';
    const start = Date.UTC(2031, 0, 1) + this.#slots * 60_000;
    const at = (ms: number) => ms as Instant;
    const request: AcceptedRequest = {
      operation: 'book',
      requestId: randomUUID(),
      appointmentId: `a-${this.#slots}`,
      resourceId: 'room',
      start: at(start),
      end: at(start + 60_000),
      createdAt: at(0),
      updatedAt: at(0),
      heldUntil: null,
      metadata: METADATA,
      acceptedAt: at(start),
      callbackUrl: `${this.#receiverUrl}/${orgId}/callback`,
    };
    return { orgId, request };
  }

  async startDeliverer(): Promise<void> {
    this.#deliverer = await startApp('worker', {
      DATABASE_URL: this.#database.applicationUrl,
      REDIS_URL: this.#redis.url,
      QUEUE_NAME: this.#redis.name,
      WORKER_ROLES: 'deliver',
      DELIVERY_CONCURRENCY: TURNS,
      WEBHOOK_ALLOW_PRIVATE: 'true',
      WEBHOOK_SECRETS_KEY: this.#key.toString('base64'),
    });
  }

  async killDeliverer(): Promise<void> {
    await this.#deliverer?.kill();
  }

  /** SIGTERM; its exit code. */
  async stopDeliverer(): Promise<number | null | undefined> {
    return this.#deliverer?.stop();
  }

  async countDelivered(): Promise<number> {
    const text = `select count(*)::int as count from deliveries where status = 'delivered'`;
    return (await this.#sql.query<{ count: number }>(text)).rows[0]?.count ?? 0;
  }

  /** Instead of five seconds, five minutes, … for retries to come: what an attempt failed of is due at once. */
  async shortenRetries(): Promise<void> {
    await this.#sql.query(`
      update deliveries d set due_at = now()
      where status = 'pending' and attempts > 0 and due_at > now() and exists (
        select from delivery_attempts a where a.delivery_id = d.delivery_id and a.attempt = d.attempts
        and a.took_ms is not null)`);
  }

  /** Ends all leases at once, which saves a minute or two. Only while no process runs that could hold one. */
  async endLeases(): Promise<void> {
    await this.#sql.query(`update deliveries set due_at = now() where status = 'pending' and due_at > now()`);
  }

  /** Replays what used up its schedule, as an operator can; how many. */
  async redeliverFailed(): Promise<number> {
    const { rows } = await this.#sql.query<{ orgId: string; endpointId: string; deliveryId: string }>(`
      select org_id as "orgId", endpoint_id as "endpointId", delivery_id as "deliveryId"
      from deliveries join orgs using (org_key) where status = 'failed'`);
    for (const name of rows) await redeliver(this.#db, name);
    return rows.length;
  }

  /** The secret of every delivery that the bookings owe, by its `webhook-id`. */
  async listOwed(): Promise<ReadonlyMap<string, string>> {
    const owed = new Map<string, string>();
    const callbackSecrets = await this.#readCallbackSecrets();
    for (const { orgId, requestId } of this.#requests) {
      const sequence = await this.#sequenceOf(requestId);
      const add = (endpointId: string, eventType: string, secret: string) => {
        const ofVersion = eventType.startsWith('appointment.') ? sequence : null;
        const id = deliveryIdOf({ endpointId, eventType, requestId, sequence: ofVersion });
        owed.set(`msg_${id.replaceAll('-', '')}`, secret);
      };
      for (const { endpointId, events, secret } of this.#endpoints.filter((one) => one.orgId === orgId)) {
        add(endpointId, 'appointment.created', secret);
        if (events.length === 0) add(endpointId, 'request.completed', secret);
      }
      add(callbacksEndpointIdOf(orgId), 'request.completed', callbackSecrets.get(orgId) ?? '');
    }
    return owed;
  }

  async #sequenceOf(requestId: string): Promise<number> {
    this.#sequences ??= new Map(
      (
        await this.#sql.query<{ id: string; sequence: number }>(
          'select request_id as id, sequence::int from appointment_versions',
        )
      ).rows.map(({ id, sequence }) => [id, sequence]),
    );
    return this.#sequences.get(requestId) ?? 0;
  }

  #sequences: Map<string, number> | undefined;

  async #readCallbackSecrets(): Promise<ReadonlyMap<string, string>> {
    const { rows } = await this.#sql.query<{ orgId: string; sealed: string }>(`
      select org_id as "orgId", sealed_secret as sealed from endpoints join orgs using (org_key)
      where kind = 'callbacks'`);
    return new Map(rows.map(({ orgId, sealed }) => [orgId, openSecret(sealed, this.#key)]));
  }

  async close(): Promise<void> {
    await this.killDeliverer();
    await Promise.all([this.#sql.end(), this.#db.close()]);
    await this.#database.drop();
  }
}
