// A booking service under measurement, ours or a reference: where it answers, and how one knows that it has
// decided what it accepted.

import type { Program } from '../stage/program.ts';

export interface System {
  readonly name: string;
  readonly address: string;
  /** The process that answers HTTP. */
  readonly server: Program;
  /** Those that decide beside it; left out where there are none. */
  readonly workers?: readonly Program[];
  readonly usesRedis?: boolean;
  /** What it answers to a booking that it takes. */
  readonly expected: readonly number[];
  /** Resolves when all bookings sent so far are decided. */
  untilDecided(sent: number): Promise<void>;
  /** Number of live appointments. */
  countAppointments(): Promise<number>;
}

/** Far over what a backlog of a few seconds takes. */
const DECIDING_MS_MAX = 120_000;
const ASK_EVERY_MS = 10;

/** Polls every ten milliseconds until the condition holds. Throws when it takes too long. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const endsAt = performance.now() + DECIDING_MS_MAX;
  while (!(await isSo())) {
    if (performance.now() > endsAt) throw new Error(`${what}: still not so after ${DECIDING_MS_MAX} ms`);
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}
