// What one organisation can do to another with its ordinary key: each attack on a fresh service, while a victim books,
// lists, follows its changes and receives webhooks. The references are the victim alone, and the bars.

import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import { isReached, type Figure } from '../figures/figure.ts';
import type { Attack } from '../hostile/attack.ts';
import { ATTACKS } from '../hostile/attacks.ts';
import { toFigures } from '../hostile/bars.ts';
import { describeAttack } from '../hostile/describe-attack.ts';
import { measureAttack, openHostileWorld, type AttackReport } from '../hostile/measure-attack.ts';
import { forgetAll } from '../stage/redis-figures.ts';
import { Stage } from '../stage/stage.ts';

/** The victim alone is measured for this share of an attack. */
const ALONE_SHARE = 0.5;

export const hostile: Benchmark = {
  name: 'hostile',
  summary: 'what a victim feels of the attacks of one hostile org, and what they take of the service',
  defaults: { seconds: 20, rounds: 1 },
  run: async (run) => {
    const chosen = ATTACKS.filter(({ name }) => run.attacks === undefined || run.attacks.includes(name));
    const figures: Figure[] = [];
    const held: string[] = [];
    for (const [at, attack] of chosen.entries()) {
      run.report(`${attack.name}, ${at + 1} of ${chosen.length}: ${attack.summary}`);
      const found = await measureRounds(run, attack);
      if (found.every((figure) => isReached(figure) !== false)) held.push(attack.name);
      figures.push(...found);
    }
    run.report(`all bars hold in ${held.length} of ${chosen.length} attacks: ${held.join(', ')}`);
    return figures;
  },
};

async function measureRounds(run: BenchmarkRun, attack: Attack): Promise<readonly Figure[]> {
  const reports: AttackReport[] = [];
  for (let round = 1; round <= run.rounds; round++) {
    const report = await measureOnce(run, attack);
    describeAttack(report).forEach((line) => run.report(`${attack.name}: ${line}`));
    reports.push(report);
  }
  return toFigures(reports);
}

/** On a separate service, so that the next attack runs even if this one ends its service. */
async function measureOnce({ stage, seconds }: BenchmarkRun, attack: Attack): Promise<AttackReport> {
  await forgetAll(stage.stores.redisUrl);
  const own = new Stage(stage.stores);
  stage.onClear(() => own.clear());
  try {
    const world = await openHostileWorld(own);
    return await measureAttack(world, attack, { aloneSeconds: seconds * ALONE_SHARE, seconds, scale: 1 });
  } finally {
    await own.clear();
  }
}
