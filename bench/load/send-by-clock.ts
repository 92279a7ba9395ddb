// An open loop: requests leave by the clock over as many connections as there are. One that finds none free is late from
// its time on, so that nothing the system does not answer is left out of its figures.

import { REFUSALS, type Flood } from './flood.ts';
import { Latencies, type Sending } from './latencies.ts';
import { WAIT, type RawConnection } from './raw-connection.ts';
import { bodyOf } from './traffic.ts';

/** How often the clock is looked at. */
const TICK_MS = 1;

/** One request of a booking. */
interface Try {
  readonly number: number;
  /** Milliseconds after the flood's beginning. */
  readonly dueAt: number;
  readonly isRetry: boolean;
}

/** Resolves when every booking is answered for good or given up. */
export function sendByClock(flood: Flood, connections: readonly RawConnection[]): Promise<Sending> {
  return new Promise((resolve) => {
    const sender = new ClockSender(flood, connections, resolve);
    sender.start();
  });
}

class ClockSender {
  readonly #flood: Flood;
  readonly #idle: RawConnection[];
  readonly #onDone: (sending: Sending) => void;
  readonly #plain = new Latencies();
  readonly #waited = new Latencies();
  readonly #late: number[] = [];
  readonly #returning: Try[] = [];
  readonly #startedAt = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #sent = 0;
  /** Bookings that have neither their last answer nor been given up. */
  #left: number;
  /** A request that waits for a connection waits for the system, not for the generator. */
  #freeAt = 0;

  constructor(flood: Flood, connections: readonly RawConnection[], onDone: (sending: Sending) => void) {
    this.#flood = flood;
    this.#idle = [...connections];
    this.#left = flood.requests;
    this.#onDone = onDone;
  }

  start(): void {
    this.#timer = setInterval(() => this.#sendDue(), TICK_MS);
  }

  #now(): number {
    return performance.now() - this.#startedAt;
  }

  #sendDue(): void {
    const { requests, perSecond } = this.#flood;
    const due = Math.min(requests, Math.floor((this.#now() * perSecond) / 1_000) + 1);
    while (this.#returning.length > 0 || this.#sent < due) {
      // In turn, because a server cuts off a connection that says nothing.
      const connection = this.#idle.shift();
      if (connection === undefined) return;
      this.#send(connection, this.#returning.shift() ?? this.#next());
    }
  }

  #next(): Try {
    const number = this.#sent++;
    return { number, dueAt: (number * 1_000) / this.#flood.perSecond, isRetry: false };
  }

  #send(connection: RawConnection, one: Try): void {
    const { traffic, from, waitEvery } = this.#flood;
    this.#late.push(this.#now() - Math.max(one.dueAt, this.#freeAt));
    const isWaiting = waitEvery !== undefined && one.number % waitEvery === 0;
    connection.post(
      bodyOf(traffic, from + one.number),
      isWaiting ? WAIT : '',
      (status, _bytes, retryAfterS) => {
        const now = this.#now();
        (isWaiting ? this.#waited : this.#plain).note(status, now - one.dueAt);
        if (this.#idle.length === 0) this.#freeAt = now;
        this.#idle.push(connection);
        if (!REFUSALS.includes(status) || !this.#returns(one, retryAfterS)) this.#left -= 1;
        if (this.#left > 0) return this.#sendDue();
        clearInterval(this.#timer);
        this.#onDone({ sent: this.#sent, plain: this.#plain, waited: this.#waited, late: this.#late });
      },
    );
  }

  /** Whether a refused request is sent once more. */
  #returns({ number, isRetry }: Try, retryAfterS: number): boolean {
    const { refused, requests, perSecond } = this.#flood;
    if (refused === undefined) return false;
    const afterMs = refused === 'honour' ? retryAfterS * 1_000 : 0;
    const dueAt = this.#now() + afterMs;
    const isTooLate = refused === 'honour' ? dueAt > (requests * 1_000) / perSecond : isRetry;
    if (isTooLate) return false;
    const again = () => this.#returning.push({ number, dueAt, isRetry: true });
    if (afterMs === 0) again();
    else setTimeout(again, afterMs);
    return true;
  }
}
