// What the victim counts during one measurement. A booking that was taken is expected on the event stream and at the
// webhook receiver; what does not come is counted with the time until the measurement ended, so that it is not left out.

import { percentile } from '../figures/middle.ts';
import type { Activity, Experience, VictimFigures } from './victim-messages.ts';

type Told = 'webhook' | 'stream';

export class VictimCourse {
  readonly #latencies: Record<Activity, number[]> = { booking: [], list: [], webhook: [], stream: [] };
  readonly #answers = {
    booking: new Map<number, number>(),
    list: new Map<number, number>(),
    stream: new Map<number, number>(),
  };
  /** When the bookings whose webhook or event is still expected were posted, by number. */
  readonly #untold = { webhook: new Map<number, number>(), stream: new Map<number, number>() };

  /** A booking is about to be posted: its webhook may come before its answer. */
  expect(number: number, intendedAt: number): void {
    this.#untold.webhook.set(number, intendedAt);
    this.#untold.stream.set(number, intendedAt);
  }

  /** It was refused, so no webhook is owed for it. */
  forget(number: number): void {
    this.#untold.webhook.delete(number);
    this.#untold.stream.delete(number);
  }

  tell(by: Told, number: number): void {
    const intendedAt = this.#untold[by].get(number);
    if (intendedAt === undefined) return;
    this.#untold[by].delete(number);
    this.#latencies[by].push(performance.now() - intendedAt);
  }

  /** `intendedAt` is left out where only the status is of interest. */
  answer(kind: 'booking' | 'list' | 'stream', status: number, intendedAt?: number): void {
    this.#answers[kind].set(status, (this.#answers[kind].get(status) ?? 0) + 1);
    // What was never answered counts with the time for which it was waited, a refusal not at all: it is no booking.
    const isTimed = status === 0 || (status >= 200 && status < 300);
    if (kind !== 'stream' && isTimed && intendedAt !== undefined) {
      this.#latencies[kind].push(performance.now() - intendedAt);
    }
  }

  isAllTold(): boolean {
    return this.#untold.webhook.size === 0 && this.#untold.stream.size === 0;
  }

  figures(): VictimFigures {
    return {
      experiences: {
        booking: this.#experience('booking'),
        list: this.#experience('list'),
        webhook: this.#experience('webhook'),
        stream: this.#experience('stream'),
      },
      answers: {
        booking: Object.fromEntries(this.#answers.booking),
        list: Object.fromEntries(this.#answers.list),
        stream: Object.fromEntries(this.#answers.stream),
      },
    };
  }

  #experience(activity: Activity): Experience {
    const now = performance.now();
    const untold =
      activity === 'webhook' || activity === 'stream' ? this.#untold[activity] : new Map<number, number>();
    const missing = [...untold.values()].map((at) => now - at);
    const all = [...this.#latencies[activity], ...missing];
    const of = (percent: number) => (all.length === 0 ? Infinity : percentile(all, percent));
    return { count: all.length, p50: of(50), p99: of(99), missing: missing.length };
  }
}
