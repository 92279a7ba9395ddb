// The answers to the items of a batch. The outcomes of a thousand items can be far larger than the request,
// so the outcomes in one answer are bounded in bytes: those beyond have only their kind and a link.

import type { OutcomeResource, RequestResource } from '@slotline/contract';
import { presentProblems, type ItemProblem } from '../http/present-problems.ts';
import { ProblemError } from '../http/problem-error.ts';
import { presentRequest, type RequestState } from '../intake/request-state.ts';

/** Byte limit of the outcomes in one answer. The other parts are proportional to the request. */
const BATCH_OUTCOMES_BYTES_MAX = 1_000_000;

export type Answer = RequestState | ProblemError;

/**
 * In order. The first outcomes are complete, up to the limit; all from the first one beyond it are shortened.
 */
export function presentAnswers(
  answers: readonly Answer[],
  traceId: string,
): (RequestResource | ItemProblem)[] {
  const problems = presentProblems(answers.filter(isProblem), traceId).values();
  let bytes = 0;
  return answers.map((answer) => {
    if (isProblem(answer)) return taken(problems.next().value);
    const resource = presentRequest(answer);
    const { outcome } = resource;
    if (outcome === undefined) return resource;
    bytes += Buffer.byteLength(JSON.stringify(outcome));
    return bytes <= BATCH_OUTCOMES_BYTES_MAX ? resource : { ...resource, outcome: shorten(outcome) };
  });
}

export function isProblem(answer: Answer): answer is ProblemError {
  return answer instanceof ProblemError;
}

function taken<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('there are fewer problems than refused items');
  return value;
}

// An outcome without further content is complete in its short form.
function shorten(outcome: OutcomeResource): OutcomeResource {
  const { kind, version, ...rest } = outcome;
  if (Object.keys(rest).length === 0) return outcome;
  return { kind, ...(version === undefined ? {} : { version }), isShortened: true };
}
