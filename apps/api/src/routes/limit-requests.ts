// The rate limits for routes: the handler behind the guard, and the points of a write.

import type { RequestHandler } from 'express';
import type { Submission } from '../intake/submission.ts';
import type { Asked } from '../limits/dues.ts';
import type { Limits } from '../limits/limits.ts';

/** Runs behind the guard and before the body is read; empty without limits. */
export function limitRequests(limits: Limits | undefined): readonly RequestHandler[] {
  if (limits === undefined) return [];
  return [
    async (req, res, next) => {
      await limits.admit({ req, res });
      next();
    },
  ];
}

/** Each item counts as a request, those of an atomic batch too. */
export function askedBy(submissions: readonly Submission[]): Asked {
  const asked = new Map<string, number>();
  for (const { orgId, job } of submissions) {
    const wishes = job.operation === 'batch' ? job.wishes.length : 1;
    asked.set(orgId, (asked.get(orgId) ?? 0) + wishes);
  }
  return asked;
}
