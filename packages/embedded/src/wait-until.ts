/**
 * Waiting for a fact with a deadline: the probe is asked until it answers something else than `undefined`.
 * Facts here live in other processes (a pid that goes, a file that says "ready"), so they can only be polled.
 */
import { setTimeout as delay } from 'node:timers/promises';

/** How often a fact is asked for, in ms: short against every start and stop measured here (300 ms and more). */
const POLL_MS = 20;

/** The probe's first defined answer, or `undefined` once `timeoutMs` have passed. What the probe throws is thrown. */
export async function waitUntil<T>(
  probe: () => T | undefined | Promise<T | undefined>,
  timeoutMs: number,
): Promise<T | undefined> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await probe();
    if (answer !== undefined) return answer;
    if (performance.now() >= deadline) return undefined;
    await delay(POLL_MS);
  }
}
