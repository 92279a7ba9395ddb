// Fills the mailbox of one org without a worker: further requests get 429, which unlike 503 is sent after the request is
// parsed. Then a worker starts and decides what was accepted.

import type { BenchmarkRun } from '../benchmark.ts';
import type { Figure } from '../figures/figure.ts';
import type { SendFlood } from '../load/start-flood-generator.ts';
import { HOT_ORG } from '../load/traffic.ts';
import { startSlotline } from '../systems/start-slotline.ts';
import { startCourse } from './flood-course.ts';
import { inMs, REFUSED_P99_MS } from './saturation-closed.ts';

const MAILBOX_MAX = 1_000;
/** More than is decided then, and so few that parsing them all makes no loop late. */
const PER_SECOND = 1_000;

export async function measureFullMailbox(run: BenchmarkRun, flood: SendFlood): Promise<readonly Figure[]> {
  const environment = { MAILBOX_MAX: String(MAILBOX_MAX) };
  const slotline = await startSlotline(run.stage, { workers: 0, isBounded: true, environment });
  const course = await startCourse({ slotline, flood, traffic: HOT_ORG });
  const refused: number[] = [];
  for (let round = 1; round <= run.rounds; round++) {
    const { answers } = await course.send(PER_SECOND, run.seconds);
    const counts = Object.entries(answers).map(([status, { count }]) => `${count} times ${status}`);
    const full = answers[429];
    if (full === undefined) throw new Error(`the mailbox was never full: ${counts.join(', ')}`);
    run.report(`full mailbox: ${counts.join(', ')}, p99 of 429 ${full.p99.toFixed(1)} ms`);
    refused.push(full.p99);
  }
  await slotline.addWorker();
  run.report(
    `full mailbox: all that was taken was decided after ${Math.round(await course.untilDecided())} ms`,
  );
  return [inMs('full mailbox, p99 of 429', refused, REFUSED_P99_MS)];
}
