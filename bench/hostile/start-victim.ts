// The victim for a benchmark: a function that measures for a given time, in a separate process.

import { startProgram } from '../stage/program.ts';
import type { Stage } from '../stage/stage.ts';
import type { VictimAnswer, VictimFigures, VictimOrder, VictimTarget } from './victim-messages.ts';

/** One measurement at a time. Throws when the process is gone. */
export type Victim = (seconds: number) => Promise<VictimFigures>;

/** Resolves when its webhook is registered. */
export async function startVictim(stage: Stage, target: VictimTarget): Promise<Victim> {
  const { child, lastWords } = await startProgram(stage, { file: 'bench/hostile/victim.ts' });
  const ask = (order: VictimOrder) =>
    new Promise<VictimAnswer>((resolve, reject) => {
      const onExit = () => reject(new Error(`the victim ended: ${lastWords()}`));
      child.once('exit', onExit);
      child.once('message', (answer: VictimAnswer) => {
        child.off('exit', onExit);
        if (answer.kind === 'failed') reject(new Error(answer.reason));
        else resolve(answer);
      });
      child.send(order);
    });
  await ask({ target });
  return async (seconds) => {
    const answer = await ask({ seconds });
    if (answer.kind !== 'done') throw new Error(`the victim answered ${answer.kind}`);
    return answer.figures;
  };
}
