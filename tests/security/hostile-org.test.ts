// A short slice of `pnpm bench hostile`: the same attacks, smaller and one after the other on one service of real
// processes. It asserts no times, which the bench measures, only what must be true on any machine.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ATTACKS } from '@slotline/bench/hostile/attacks';
import { measureAttack, openHostileWorld, type HostileWorld } from '@slotline/bench/hostile/measure-attack';
import { Stage } from '@slotline/bench/stage/stage';
import { createTestDatabase, startRedis, type RunningServer } from '@slotline/testkit';

/** Of each attack, and of the victim alone. */
const SECONDS = 1;
/** Of what the bench stores for an attack. */
const SCALE = 0.1;
/** The largest page of a list, with room for its head. */
const ANSWER_BYTES_MAX = 2 * 1024 * 1024;
/** Generous: the machine runs other tests too. */
const API_MB_MAX = 500;
const WORKER_MB_MAX = 400;
const REDIS_COMMAND_MS_MAX = 500;

let redis: RunningServer | undefined;
let stage: Stage | undefined;
let world: HostileWorld;

beforeAll(async () => {
  redis = await startRedis();
  const { url: redisUrl, pid: redisPid } = redis;
  stage = new Stage({ redisUrl, redisPid, createDatabase: createTestDatabase });
  world = await openHostileWorld(stage);
});

afterAll(async () => {
  await stage?.clear();
  await redis?.stop();
});

function failuresOf(answers: Readonly<Record<number, number>>): [string, number][] {
  return Object.entries(answers).filter(([status]) => status === '0' || Number(status) >= 500);
}

test.each(ATTACKS.map((attack) => [attack.name, attack] as const))(
  'another org is answered, and no process ends, while one org does this: %s',
  async (_, attack) => {
    const plan = { aloneSeconds: 0, seconds: SECONDS, scale: SCALE };
    const { during, attacked, service } = await measureAttack(world, attack, plan);
    expect(service.ended).toEqual([]);
    expect(Object.values(during.answers).flatMap(failuresOf)).toEqual([]);
    expect(attacked.answerBytesMax).toBeLessThanOrEqual(ANSWER_BYTES_MAX);
    expect(service.apiMb).toBeLessThan(API_MB_MAX);
    expect(service.workerMb).toBeLessThan(WORKER_MB_MAX);
    expect(service.redisCommand.ms).toBeLessThan(REDIS_COMMAND_MS_MAX);
  },
);
