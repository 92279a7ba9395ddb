// A flood from its first connection to its figures. `send-by-clock.ts` and `send-in-loop.ts` decide when bookings are
// sent.

import { percentile } from '../figures/middle.ts';
import type { Flood, FloodResult, Loop } from './flood.ts';
import { RawConnection } from './raw-connection.ts';
import { sendByClock } from './send-by-clock.ts';
import { sendInLoop } from './send-in-loop.ts';

/** Resolves when every request has its answer or lost its connection. */
export async function sendFlood(flood: Flood | Loop): Promise<FloodResult> {
  const port = Number(new URL(flood.address).port);
  const connections = Array.from({ length: flood.connections }, () => new RawConnection(port));
  // Not all at once: what the listening socket's backlog does not hold is tried again only after a second.
  for (const connection of connections) await connection.open();
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const { sent, plain, waited, late } = await ('perSecond' in flood
    ? sendByClock(flood, connections)
    : sendInLoop(flood, connections));
  const elapsedMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  for (const connection of connections) connection.close();
  const together = waited.together();
  return {
    answers: plain.answers(),
    ...(together !== undefined && { waited: together }),
    sent,
    elapsedMs,
    generatorBusy: (user + system) / 1_000 / elapsedMs,
    generatorLateMs: late.length === 0 ? 0 : percentile(late, 99),
  };
}
