// What the processes of the service have in memory before, during and after something.

import type { Stage } from '../stage/stage.ts';
import { residentBytesOf } from '../stage/memory.ts';
import type { Slotline } from '../systems/start-slotline.ts';

export interface MemoryCourse {
  readonly name: string;
  /** Megabytes, the readings in order; the first one is from before. */
  readonly readings: number[];
}

export interface MemoryWatch {
  readonly courses: readonly MemoryCourse[];
  read(): Promise<void>;
  stop(): void;
}

const READ_MS = 1_000;
const BYTES_PER_MB = 1_000_000;

export async function watchMemory(stage: Stage, { server, workers }: Slotline): Promise<MemoryWatch> {
  const { redisPid } = stage.stores;
  const watched = [
    { pid: server.pid, course: course('API') },
    ...workers.map(({ pid }) => ({ pid, course: course('worker') })),
    ...(redisPid === undefined ? [] : [{ pid: redisPid, course: course('Redis') }]),
  ];
  const read = async () => {
    for (const { pid, course } of watched) course.readings.push((await residentBytesOf(pid)) / BYTES_PER_MB);
  };
  await read();
  const timer = setInterval(() => void read(), READ_MS);
  stage.onClear(async () => clearInterval(timer));
  return { courses: watched.map(({ course }) => course), read, stop: () => clearInterval(timer) };
}

function course(name: string): MemoryCourse {
  return { name, readings: [] };
}
