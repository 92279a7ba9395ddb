// What the processes of the service go through during an attack: their memory, the longest Redis command, the delay of the
// API's event loop, and whether one of them ended.

import { peakBytesOf, residentBytesOf } from '../stage/memory.ts';
import type { Program } from '../stage/program.ts';
import { longestCommandOf, watchSlowCommands, type LongestCommand } from '../stage/redis-figures.ts';
import type { Stage } from '../stage/stage.ts';
import type { Slotline } from '../systems/start-slotline.ts';
import { loopDelayOf, readLoopBuckets, type LoopDelay } from './loop-delay.ts';

export interface ServiceFigures {
  /** The most in memory: of API and workers since they began, of Redis since the watch began. */
  readonly apiMb: number;
  readonly workerMb: number;
  readonly redisMb: number;
  readonly redisCommand: LongestCommand;
  readonly loopDelay: LoopDelay;
  /** The processes that ended, each with how. */
  readonly ended: readonly string[];
}

export interface ServiceWatch {
  stop(): Promise<ServiceFigures>;
}

const MEMORY_EVERY_MS = 100;
const BYTES_PER_MB = 1_000_000;
/** V8 writes the reason of a fatal error before a native stack of some kilobytes. */
const WORDS_MAX = 6_000;

export async function watchService(stage: Stage, slotline: Slotline): Promise<ServiceWatch> {
  const { server, workers } = slotline;
  const { redisUrl, redisPid } = stage.stores;
  await watchSlowCommands(redisUrl);
  const memory = watchMemory({ api: server, workers, redisPid });
  const loop = await watchLoop(server.adminAddress);
  stage.onClear(async () => memory.stop());
  return {
    stop: async () => {
      const [loopDelay, redisCommand] = await Promise.all([loop.finish(), longestCommandOf(redisUrl)]);
      memory.stop();
      const named = [
        { name: 'API', program: server },
        ...workers.map((program) => ({ name: 'worker', program })),
      ];
      const isRedisGone = redisPid !== undefined && (await residentBytesOf(redisPid)) === 0;
      const ended = [...named.flatMap(endOf), ...(isRedisGone ? ['Redis'] : [])];
      return { ...memory.peaks(), redisCommand, loopDelay, ended };
    },
  };
}

function endOf({ name, program }: { name: string; program: Program }): string[] {
  const { exitCode, signalCode } = program.child;
  if (exitCode === null && signalCode === null) return [];
  const words = program.lastWords().trim().slice(-WORDS_MAX).replaceAll(/\s+/g, ' ');
  return [`${name} ended with ${signalCode ?? exitCode}: ${words}`];
}

interface Watched {
  readonly api: Program;
  readonly workers: readonly Program[];
  readonly redisPid: number | undefined;
}

function watchMemory({ api, workers, redisPid }: Watched) {
  const peaks = { apiMb: 0, workerMb: 0, redisMb: 0 };
  const note = (key: keyof typeof peaks, bytes: number) =>
    (peaks[key] = Math.max(peaks[key], bytes / BYTES_PER_MB));
  const read = async () => {
    note('apiMb', await peakBytesOf(api.pid));
    for (const { pid } of workers) note('workerMb', await peakBytesOf(pid));
    if (redisPid !== undefined) note('redisMb', await residentBytesOf(redisPid));
  };
  const timer = setInterval(() => void read(), MEMORY_EVERY_MS);
  return { stop: () => clearInterval(timer), peaks: () => peaks };
}

async function watchLoop(adminAddress: string) {
  const before = (await readLoopBuckets(adminAddress)) ?? [];
  return {
    finish: async () => {
      const last = await readLoopBuckets(adminAddress);
      // A process that does not even answer this has a delay that no bucket holds.
      return last === undefined ? { p99Ms: Infinity, maxMs: Infinity } : loopDelayOf(before, last);
    },
  };
}
