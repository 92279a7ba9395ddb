// Closing a service: one step after the other, each with what is left of a common deadline, none skipped
// because an earlier one failed.

import type { Logger } from './create-logger.ts';

export interface ClosingStep {
  readonly name: string;
  close(): Promise<void> | void;
}

/** Resolves within `deadlineMs`, true when every step finished in time and without an error. Never rejects. */
export async function closeInOrder(
  steps: readonly ClosingStep[],
  options: { deadlineMs: number; logger: Logger },
): Promise<boolean> {
  const deadlineAt = performance.now() + options.deadlineMs;
  let isClean = true;
  for (const step of steps) {
    const closed = await closeStep(step, Math.max(0, deadlineAt - performance.now()));
    if (closed.kind === 'closed') continue;
    isClean = false;
    options.logger.warn({ step: step.name, err: closed.cause }, 'closing step did not finish');
  }
  return isClean;
}

type Closed = { kind: 'closed' } | { kind: 'failed'; cause: unknown };

async function closeStep(step: ClosingStep, timeoutMs: number): Promise<Closed> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<Closed>((resolve) => {
    const cause = new Error(`not closed within ${Math.round(timeoutMs)} ms`);
    timer = setTimeout(() => resolve({ kind: 'failed', cause }), timeoutMs);
  });
  const closing = (async (): Promise<Closed> => {
    try {
      await step.close();
      return { kind: 'closed' };
    } catch (cause) {
      return { kind: 'failed', cause };
    }
  })();
  const closed = await Promise.race([closing, timeout]);
  clearTimeout(timer);
  return closed;
}
