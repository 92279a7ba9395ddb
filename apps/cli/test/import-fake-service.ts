// A fake of the service and its network: it keeps the guarantees of the batch endpoint (idempotency keys,
// order, all or nothing) and breaks everything else on demand. The system tests cover the decisions of the
// real service.

import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to one POST. The `…-after` ones accept the batch first, the `…-before` ones do not. */
export type Mishap =
  | 'none'
  | 'reset-before'
  | 'reset-after'
  | 'half-a-body-after'
  | 'unavailable-before'
  | 'busy-before'
  | 'not-decided-after'
  | 'hopeless-before'
  | 'hangs-after';

interface Item {
  readonly op?: string;
  readonly orgId?: string;
  readonly id: string;
  readonly start?: string;
}

export class FakeService {
  /** Accepted ids by org, in order: a duplicated or reordered batch is visible here. */
  readonly accepted = new Map<string, string[]>();
  readonly keys: string[] = [];
  readonly bodiesByKey = new Map<string, string>();
  posts = 0;
  mishap: (post: number, key: string) => Mishap = () => 'none';
  /** Highest number of batches of one org, and of all orgs, that were in flight together. */
  orgTogetherMax = 0;
  allTogetherMax = 0;
  /** Every response waits for this. */
  gate: Promise<void> = Promise.resolve();
  readonly #together = new Map<string, number>();
  readonly #arrivals = new EventEmitter();
  #arrived = 0;
  readonly #server = createServer((req, res) => void this.#serve(req, res));

  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Resolves when this number of complete POSTs has arrived. */
  async arrival(posts: number): Promise<void> {
    while (this.#arrived < posts) await once(this.#arrivals, 'post');
  }

  get acceptedCount(): number {
    return [...this.accepted.values()].reduce((sum, ids) => sum + ids.length, 0);
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const key = String(req.headers['idempotency-key']);
    const mishap = this.mishap(++this.posts, key);
    let body = '';
    for await (const chunk of req) body += String(chunk);
    const items = JSON.parse(body) as Item[];
    const orgId = items[0]?.orgId ?? 'default';
    this.#enter(orgId);
    this.#arrived += 1;
    this.#arrivals.emit('post');
    await this.gate;
    this.#leave(orgId);
    if (mishap.endsWith('-before')) return this.#misbehave(mishap, res, '');
    const isReplayed = this.#accept(key, body, items, orgId);
    const entries = JSON.stringify({ items: items.map((item, at) => entry(item, `${key}#${at}`)) });
    if (isReplayed) res.setHeader('idempotent-replayed', 'true');
    if (mishap !== 'none') return this.#misbehave(mishap, res, entries);
    res.writeHead(200, { 'content-type': 'application/json' }).end(entries);
  }

  #accept(key: string, body: string, items: Item[], orgId: string): boolean {
    const before = this.bodiesByKey.get(key);
    if (before !== undefined && before !== body) throw new Error(`other body for ${key}`);
    if (before !== undefined) return true;
    this.bodiesByKey.set(key, body);
    this.keys.push(key);
    const ids = this.accepted.get(orgId) ?? [];
    this.accepted.set(orgId, ids);
    ids.push(...items.filter((item) => item.start !== 'refuse me').map((item) => item.id));
    return false;
  }

  #misbehave(mishap: Mishap, res: ServerResponse, entries: string): void {
    if (mishap.startsWith('reset')) res.destroy();
    if (mishap.startsWith('half')) {
      res.writeHead(200, { 'content-length': entries.length });
      res.write(entries.slice(0, entries.length / 2), () => res.destroy());
    }
    if (mishap.startsWith('unavailable')) answerProblem(res, 503, 'Redis is away');
    if (mishap.startsWith('busy')) answerProblem(res, 429, 'mailbox full');
    if (mishap.startsWith('hopeless')) answerProblem(res, 401, 'Who are you?');
    if (mishap.startsWith('not-decided')) {
      const pending = entries.replaceAll(/,"outcome":\{[^}]*\}/g, '');
      res.writeHead(202, { 'retry-after': '0' }).end(pending);
    }
  }

  #enter(orgId: string): void {
    this.#together.set(orgId, (this.#together.get(orgId) ?? 0) + 1);
    this.orgTogetherMax = Math.max(this.orgTogetherMax, this.#together.get(orgId) ?? 0);
    const all = [...this.#together.values()].reduce((sum, count) => sum + count, 0);
    this.allTogetherMax = Math.max(this.allTogetherMax, all);
  }

  #leave(orgId: string): void {
    this.#together.set(orgId, (this.#together.get(orgId) ?? 0) - 1);
  }
}

function entry(item: Item, requestId: string): unknown {
  if (item.start === 'refuse me') {
    const errors = [{ pointer: '/start', code: 'invalid', detail: 'not a time' }];
    return {
      type: 'urn:slotline:problem:invalid-request',
      title: 'Some fields are invalid',
      status: 400,
      errors,
    };
  }
  const kind = item.op === 'cancel' ? 'cancelled' : 'created';
  return { requestId, status: 'completed', outcome: { kind, version: 1 } };
}

function answerProblem(res: ServerResponse, status: number, detail: string): void {
  const headers = { 'content-type': 'application/problem+json', 'retry-after': '0' };
  res.writeHead(status, headers).end(JSON.stringify({ title: 'No', status, detail }));
}
