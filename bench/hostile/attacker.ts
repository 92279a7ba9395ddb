// The attacker's process: prepares and runs one attack after the other on its parent's messages, and ends with it. Its
// priority is low, because a real attacker has its own machine and takes no CPU time from the service.

import { setMaxListeners } from 'node:events';
import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

import type { AttackerAnswer, Order } from './attacker-messages.ts';
import { ATTACKS } from './attacks.ts';
import { HostileClient } from './hostile-client.ts';

/** A third of the CPU time of a process of the service where both want it; at 10 its 1,000 streams were never opened. */
const NICE = 5;

function lowerPriority(): void {
  setPriority(NICE);
  try {
    // With Linux's autogroup a nice value counts only among the processes of one session.
    writeFileSync('/proc/self/autogroup', String(NICE));
  } catch {
    // A kernel without autogroup goes by the nice value alone.
  }
}

const answer = (message: AttackerAnswer) => void process.send?.(message);

async function carryOut({ attack: name, target, seconds }: Order): Promise<AttackerAnswer> {
  const attack = ATTACKS.find((one) => one.name === name);
  if (attack === undefined) return { kind: 'failed', reason: `there is no attack ${name}` };
  const client = new HostileClient(target);
  if (seconds === undefined) {
    await attack.prepare?.(client);
  } else {
    const signal = AbortSignal.timeout(seconds * 1_000);
    // Every socket of an attack listens to it.
    setMaxListeners(0, signal);
    await attack.run(client, signal);
  }
  return { kind: 'done', tally: client.tally() };
}

lowerPriority();
process.on('message', (order: Order) => {
  carryOut(order).then(answer, (error: unknown) => answer({ kind: 'failed', reason: String(error) }));
});
process.on('disconnect', () => process.exit());
process.send?.({ kind: 'ready' });
