// The victim's process: measures one period after the other on its parent's messages, and ends with the parent.

import { VictimClient } from './victim-client.ts';
import type { VictimAnswer, VictimOrder } from './victim-messages.ts';

let client: VictimClient | undefined;

async function carryOut(order: VictimOrder): Promise<VictimAnswer> {
  if ('target' in order) {
    client = new VictimClient(order.target);
    await client.begin();
    return { kind: 'begun' };
  }
  if (client === undefined) return { kind: 'failed', reason: 'the victim has no target' };
  return { kind: 'done', figures: await client.measure(order.seconds) };
}

const answer = (message: VictimAnswer) => void process.send?.(message);

process.on('message', (order: VictimOrder) => {
  carryOut(order).then(answer, (error: unknown) => answer({ kind: 'failed', reason: String(error) }));
});
process.on('disconnect', () => process.exit());
process.send?.({ kind: 'ready' });
