// What a booking costs in CPU, process by process: everything that a system has, its stores included.

import { cpuOfFamilyMicroseconds } from '../stage/cpu-time.ts';
import type { Stage } from '../stage/stage.ts';
import type { System } from './system.ts';

/** Microseconds by the name of the process. */
export type CpuTimes = Readonly<Record<string, number>>;

export interface CpuClock {
  /** Microseconds since the last call, or since the clock was started. */
  lap(): Promise<CpuTimes>;
}

/** `usesRedis`: references without a queue have no part in what Redis does. */
export async function startCpuClock(
  { stores }: Stage,
  { server, workers = [], usesRedis = false }: System,
): Promise<CpuClock> {
  const pids = [
    ['API', server.pid],
    ...workers.map(({ pid }) => ['worker', pid] as const),
    ['Redis', usesRedis ? stores.redisPid : undefined],
    ['PostgreSQL', stores.postgresPid],
  ] as const;
  const read = async () => {
    const times: Record<string, number> = {};
    for (const [name, pid] of pids) {
      if (pid !== undefined) times[name] = (times[name] ?? 0) + (await cpuOfFamilyMicroseconds(pid));
    }
    return times;
  };
  let before = await read();
  return {
    lap: async () => {
      const now = await read();
      const spent = Object.entries(now).map(([name, time]) => [name, time - (before[name] ?? 0)]);
      before = now;
      return Object.fromEntries(spent) as CpuTimes;
    },
  };
}

export function sumOf(times: CpuTimes): number {
  return Object.values(times).reduce((sum, time) => sum + time, 0);
}
