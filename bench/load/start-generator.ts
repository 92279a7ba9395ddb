// The generator for a benchmark: a function that sends a load from a separate process.

import { startProgram } from '../stage/program.ts';
import type { Stage } from '../stage/stage.ts';
import type { Load, LoadAnswer, LoadResult } from './load.ts';

export type SendLoad = (load: Load) => Promise<LoadResult>;

/** One load at a time. A load throws when any of its answers was not expected, or the process is gone. */
export async function startGenerator(stage: Stage): Promise<SendLoad> {
  const { child } = await startProgram(stage, { file: 'bench/load/generator.ts' });
  return (load) =>
    new Promise((resolve, reject) => {
      const onExit = () => reject(new Error('the load generator ended'));
      child.once('exit', onExit);
      child.once('message', (answer: LoadAnswer) => {
        child.off('exit', onExit);
        if (answer.kind === 'done') resolve(answer.result);
        else reject(new Error(`${load.address} ${answer.reason}`));
      });
      child.send(load);
    });
}
