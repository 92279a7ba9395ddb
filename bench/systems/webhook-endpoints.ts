// Endpoints of every org of a traffic, at a receiver of the benchmark's own: some answer at once, some hang.
// They come and go between passes, so that no pass begins with what another one left to deliver.

import { Client } from 'pg';
import type { Traffic } from '../load/traffic.ts';
import { startProgram, type Program } from '../stage/program.ts';
import type { Stage } from '../stage/stage.ts';
import type { Slotline } from './start-slotline.ts';
import { until } from './system.ts';

/** Which kinds of endpoints each org has in a pass. */
export type Kinds = readonly ('good' | 'hang')[];

export interface WebhookEndpoints {
  /** Registers one of each kind for every org. */
  register(kinds: Kinds): Promise<void>;
  /** Deletes all endpoints, and resolves when no delivery is pending. */
  clear(): Promise<void>;
  /** Milliseconds from decision to arrival, for all webhooks that arrived since the last call. */
  takeLatencies(): Promise<readonly number[]>;
  /** Resolves when `count` webhooks have arrived since the last call. */
  untilArrived(count: number): Promise<readonly number[]>;
}

const COUNT_OWED = `select count(*)::int as count from deliveries where status = 'pending'`;

export async function openWebhookEndpoints(
  stage: Stage,
  { slotline, traffic }: { slotline: Slotline; traffic: Traffic },
): Promise<WebhookEndpoints> {
  const receiver = await startProgram(stage, { file: 'bench/load/webhook-receiver.ts' });
  const client = new Client({ connectionString: slotline.databaseUrl });
  await client.connect();
  stage.onClear(() => client.end());
  const registered: { id: string; orgId: string }[] = [];
  const takeLatencies = () => askReceiver(receiver);
  return {
    register: async (kinds) => {
      for (let org = 0; org < traffic.orgs; org++) {
        for (const kind of kinds) {
          const orgId = `${traffic.name}-${org}`;
          const body = { orgId, url: `${receiver.address}/${kind}`, events: ['appointment.created'] };
          const { id } = (await call(slotline, 'POST', '/api/webhooks', body)) as { id: string };
          registered.push({ id, orgId });
        }
      }
    },
    clear: async () => {
      for (const { id, orgId } of registered.splice(0)) {
        await call(slotline, 'DELETE', `/api/webhooks/${id}?orgId=${orgId}`);
      }
      const owed = async () => (await client.query<{ count: number }>(COUNT_OWED)).rows[0]?.count;
      await until('nothing is owed', async () => (await owed()) === 0);
      await takeLatencies();
    },
    takeLatencies,
    untilArrived: async (count) => {
      const arrived: number[] = [];
      await until(`${count} webhooks arrive`, async () => {
        arrived.push(...(await takeLatencies()));
        return arrived.length >= count;
      });
      return arrived;
    },
  };
}

function askReceiver({ child }: Program): Promise<readonly number[]> {
  return new Promise((resolve) => {
    child.once('message', (answer: { latenciesMs: readonly number[] }) => resolve(answer.latenciesMs));
    child.send({ kind: 'take' });
  });
}

async function call({ address }: Slotline, method: string, path: string, body?: object): Promise<unknown> {
  const answer = await fetch(`${address}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}
