// The flood itself: requests leave by the clock over as many connections as there are; one that finds none free is
// late from its time on, so that nothing the system does not answer is left out of its figures.

import { percentile } from '../figures/middle.ts';
import type { Answers, Flood, FloodResult, Waited } from './flood.ts';
import { RawConnection } from './raw-connection.ts';
import { bodyOf } from './traffic.ts';

/** How often the clock is looked at. */
const TICK_MS = 1;
/** Longer than anything that is worth a figure takes. */
const WAIT = 'Prefer: wait=30\r\n';

/** Resolves when every request has its answer or lost its connection. */
export async function sendFlood(flood: Flood): Promise<FloodResult> {
  const port = Number(new URL(flood.address).port);
  const connections = Array.from({ length: flood.connections }, () => new RawConnection(port));
  // Not all at once: what the listening socket's backlog does not hold is tried again only after a second.
  for (const connection of connections) await connection.open();
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const { plain, waited, late } = await send(flood, connections, startedAt);
  const elapsedMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  for (const connection of connections) connection.close();
  return {
    answers: Object.fromEntries([...plain].map(([status, all]) => [status, toAnswers(all)])),
    ...(waited.size > 0 ? { waited: toWaited(waited) } : {}),
    elapsedMs,
    generatorBusy: (user + system) / 1_000 / elapsedMs,
    generatorLateMs: percentile(late, 99),
  };
}

/** Milliseconds by status. */
type Latencies = Map<number, number[]>;

function send(
  { traffic, from, perSecond, requests, waitEvery }: Flood,
  connections: readonly RawConnection[],
  startedAt: number,
): Promise<{ plain: Latencies; waited: Latencies; late: readonly number[] }> {
  const [plain, waited]: [Latencies, Latencies] = [new Map(), new Map()];
  const late: number[] = [];
  const idle = [...connections];
  // Who waits for a connection waits for the system, not for the generator.
  let freeAt = 0;
  let [sent, answered] = [0, 0];
  return new Promise((resolve) => {
    const sendDue = () => {
      const due = Math.min(requests, Math.floor(((performance.now() - startedAt) * perSecond) / 1_000) + 1);
      while (sent < due) {
        // In turn, because a server cuts off a connection that says nothing.
        const connection = idle.shift();
        if (connection === undefined) return;
        sendOne(connection, sent++);
      }
    };
    const sendOne = (connection: RawConnection, number: number) => {
      const dueAt = (number * 1_000) / perSecond;
      late.push(performance.now() - startedAt - Math.max(dueAt, freeAt));
      const isWaiting = waitEvery !== undefined && number % waitEvery === 0;
      const latencies = isWaiting ? waited : plain;
      connection.post(bodyOf(traffic, from + number), isWaiting ? WAIT : '', (status) => {
        const answeredAt = performance.now() - startedAt;
        const latency = answeredAt - dueAt;
        const known = latencies.get(status);
        if (known === undefined) latencies.set(status, [latency]);
        else known.push(latency);
        if (idle.length === 0) freeAt = answeredAt;
        idle.push(connection);
        answered += 1;
        if (answered < requests) return sendDue();
        clearInterval(timer);
        resolve({ plain, waited, late });
      });
    };
    const timer = setInterval(sendDue, TICK_MS);
  });
}

function toWaited(latencies: Latencies): Waited {
  return { ...toAnswers([...latencies.values()].flat()), statuses: [...latencies.keys()] };
}

function toAnswers(latencies: readonly number[]): Answers {
  const [p50, p99, max] = [50, 99, 100].map((percent) => percentile(latencies, percent));
  return { count: latencies.length, p50: p50 ?? 0, p99: p99 ?? 0, max: max ?? 0 };
}
