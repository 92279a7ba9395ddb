// Finds the knee of the pipeline: the highest rate that is taken, answered soon and decided as it comes. In steps
// of an open loop, each a quarter more than the last, because a closed loop would wait for the system. The last step that
// was borne is the luckiest of many, so it has to be borne for longer before it counts, or the one below it.

import { REFUSALS, type FloodResult } from '../load/flood.ts';
import type { Course } from './flood-course.ts';

const FIRST_PER_SECOND = 500;
const LEAST_PER_SECOND = 50;
const STEP = 1.25;
/** A pause of the machine is no knee. */
const TRIES = 3;
/** How many times as long as a step the knee is borne. */
const CONFIRMED_STEPS = 5;
/** Of a hundred requests: what a pause is refused is no knee either. */
const REFUSED_MAX = 1;
/** Longer answers, or decisions this long after the last answer, mean that a backlog grows: after 2 s that is 5 %. */
const P99_MS_MAX = 100;
const BACKLOG_MS_MAX = 100;

/** In requests a second. Throws when not even {@link LEAST_PER_SECOND} are borne. */
export async function findKnee(
  course: Course,
  { seconds, report }: { seconds: number; report: (line: string) => void },
): Promise<number> {
  let knee = FIRST_PER_SECOND;
  while (await isBorne(course, { rate: knee * STEP, seconds, report })) knee *= STEP;
  const confirmed = seconds * CONFIRMED_STEPS;
  while (!(await isBorne(course, { rate: knee, seconds: confirmed, report }))) {
    knee /= STEP;
    if (knee < LEAST_PER_SECOND) throw new Error(`not even ${LEAST_PER_SECOND}/s are borne`);
  }
  return Math.round(knee);
}

async function isBorne(
  course: Course,
  { rate, seconds, report }: { rate: number; seconds: number; report: (line: string) => void },
): Promise<boolean> {
  for (let number = 1; number <= TRIES; number++) {
    const result = await course.send(rate, seconds);
    const backlogMs = await course.untilDecided();
    const p99 = result.answers[202]?.p99 ?? Infinity;
    const refused = percentRefused(result);
    report(
      `${Math.round(rate)}/s: ${refused.toFixed(1)} % refused, p99 ${p99.toFixed(1)} ms, decided ${backlogMs.toFixed(0)} ms after the last answer`,
    );
    if (refused <= REFUSED_MAX && p99 <= P99_MS_MAX && backlogMs <= BACKLOG_MS_MAX) return true;
  }
  return false;
}

// Any other answer is one too many.
function percentRefused({ answers }: FloodResult): number {
  const countOf = (status: number) => answers[status]?.count ?? 0;
  const count = Object.values(answers).reduce((sum, one) => sum + one.count, 0);
  const refused = REFUSALS.reduce((sum, status) => sum + countOf(status), 0);
  return countOf(202) + refused === count ? (100 * refused) / count : Infinity;
}
