// The flood for a benchmark: a function that sends one flood from a separate process.

import { startProgram } from '../stage/program.ts';
import type { Stage } from '../stage/stage.ts';
import type { Flood, FloodAnswer, FloodResult, Loop } from './flood.ts';

export type SendFlood = (flood: Flood | Loop) => Promise<FloodResult>;

/** One flood at a time. Throws when the process is gone. */
export async function startFloodGenerator(stage: Stage): Promise<SendFlood> {
  const { child } = await startProgram(stage, { file: 'bench/load/flood-generator.ts' });
  return (flood) =>
    new Promise((resolve, reject) => {
      const onExit = () => reject(new Error('the flood generator ended'));
      child.once('exit', onExit);
      child.once('message', (answer: FloodAnswer) => {
        child.off('exit', onExit);
        if (answer.kind === 'done') resolve(answer.result);
        else reject(new Error(answer.reason));
      });
      child.send(flood);
    });
}
