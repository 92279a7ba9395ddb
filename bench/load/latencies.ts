// What became of a flood's requests, while it is under way: milliseconds by the status of their answers.

import { percentile } from '../figures/middle.ts';
import type { Answers, Waited } from './flood.ts';

export class Latencies {
  readonly #byStatus = new Map<number, number[]>();

  note(status: number, ms: number): void {
    const known = this.#byStatus.get(status);
    if (known === undefined) this.#byStatus.set(status, [ms]);
    else known.push(ms);
  }

  answers(): Readonly<Record<number, Answers>> {
    return Object.fromEntries([...this.#byStatus].map(([status, all]) => [status, toAnswers(all)]));
  }

  /** All of them together; `undefined` when there are none. */
  together(): Waited | undefined {
    if (this.#byStatus.size === 0) return undefined;
    return { ...toAnswers([...this.#byStatus.values()].flat()), statuses: [...this.#byStatus.keys()] };
  }
}

/** What was sent over the connections, and what became of it. */
export interface Sending {
  readonly sent: number;
  readonly plain: Latencies;
  readonly waited: Latencies;
  /** Milliseconds that each request left after its time. */
  readonly late: readonly number[];
}

function toAnswers(latencies: readonly number[]): Answers {
  const [p50, p99, max] = [50, 99, 100].map((percent) => percentile(latencies, percent));
  return { count: latencies.length, p50: p50 ?? 0, p99: p99 ?? 0, max: max ?? 0 };
}
