// What a figure has to be read with: the machine, and what else it was doing.

import { arch, availableParallelism, cpus, loadavg, platform, totalmem } from 'node:os';

export interface Machine {
  readonly platform: string;
  readonly node: string;
  readonly cpus: number;
  readonly cpuModel: string;
  readonly memoryBytes: number;
  /** Over one, five and fifteen minutes. */
  readonly loadAverage: readonly number[];
}

export function describeMachine(node: string): Machine {
  return {
    platform: `${platform()} ${arch()}`,
    node,
    cpus: availableParallelism(),
    cpuModel: cpus()[0]?.model ?? 'unknown',
    memoryBytes: totalmem(),
    loadAverage: loadavg().map((load) => Math.round(load * 100) / 100),
  };
}
