// The attacker for a benchmark: two functions that run in a separate process.

import { startProgram } from '../stage/program.ts';
import type { Stage } from '../stage/stage.ts';
import type { AttackerAnswer, HostileTally, Order } from './attacker-messages.ts';

/** One order at a time. Throws when the process is gone. */
export type Attacker = (order: Order) => Promise<HostileTally>;

export async function startAttacker(stage: Stage): Promise<Attacker> {
  const { child, lastWords } = await startProgram(stage, { file: 'bench/hostile/attacker.ts' });
  return (order) =>
    new Promise((resolve, reject) => {
      const onExit = () => reject(new Error(`the attacker ended: ${lastWords()}`));
      child.once('exit', onExit);
      child.once('message', (answer: AttackerAnswer) => {
        child.off('exit', onExit);
        if (answer.kind === 'done') resolve(answer.tally);
        else reject(new Error(answer.reason));
      });
      child.send(order);
    });
}
