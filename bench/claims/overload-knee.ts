// Finds the knee of the pipeline: the highest rate that is taken whole, answered soon and decided as it comes. In steps
// of an open loop, each a quarter more than the last, because a closed loop would wait for the system. The last step that
// was borne is the luckiest of many, so it has to be borne for longer before it counts, or the one below it.

import type { FloodResult } from '../load/flood.ts';
import type { Course } from './overload-course.ts';

const FIRST_PER_SECOND = 500;
const STEP = 1.25;
/** A pause of the machine is no knee. */
const TRIES = 2;
/** How many times as long as a step the knee is borne. */
const CONFIRMED_STEPS = 5;
/** Longer answers, or decisions so long after the last answer, mean that something piles up: after 2 s that is 5 %. */
const P99_MS_MAX = 100;
const BACKLOG_MS_MAX = 100;

/** In requests a second; the first rate when not even that is borne. */
export async function findKnee(
  course: Course,
  { seconds, report }: { seconds: number; report: (line: string) => void },
): Promise<number> {
  let knee = FIRST_PER_SECOND;
  for (let rate = FIRST_PER_SECOND; await isBorne(course, { rate, seconds, report }); rate *= STEP)
    knee = rate;
  const confirmed = seconds * CONFIRMED_STEPS;
  while (knee > FIRST_PER_SECOND && !(await isBorne(course, { rate: knee, seconds: confirmed, report }))) {
    knee /= STEP;
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
    report(
      `${Math.round(rate)}/s: p99 ${p99.toFixed(1)} ms, decided ${backlogMs.toFixed(0)} ms after the last answer`,
    );
    if (isWhole(result) && p99 <= P99_MS_MAX && backlogMs <= BACKLOG_MS_MAX) return true;
  }
  return false;
}

function isWhole({ answers }: FloodResult): boolean {
  return Object.keys(answers).every((status) => status === '202');
}
