// GET /api/requests/{requestId}

import { requestId, requestQuery } from '@slotline/contract';
import type { RequestHandler } from 'express';
import { principalOf } from '../access/principal.ts';
import { whileValid } from '../access/while-valid.ts';
import { parseOrRefuse, preferredWaitOf } from '../http/parse-or-refuse.ts';
import { ProblemError } from '../http/problem-error.ts';
import { awaitOutcomes } from '../intake/await-outcomes.ts';
import { readRequests } from '../intake/read-requests.ts';
import { presentRequest } from '../intake/request-state.ts';
import type { ApiContext } from './api-context.ts';
import { POLL_AFTER_S } from './write-appointment.ts';

export function getRequest(context: ApiContext): RequestHandler<{ requestId: string }> {
  return async (req, res) => {
    const { wait = preferredWaitOf(req) } = parseOrRefuse(requestQuery, req.query);
    const id = requestId.safeParse(req.params.requestId);
    const [found] = id.success ? await readRequests(context, [id.data.toLowerCase()], principalOf(req)) : [];
    if (found === undefined) throw new ProblemError('not-found', { detail: 'No request has this id.' });
    const [state = found] =
      wait === undefined
        ? [found]
        : await whileValid(context, req, (signal) =>
            awaitOutcomes(context, [found], { seconds: wait, signal }),
          );
    if (wait !== undefined) res.set('Preference-Applied', `wait=${wait}`);
    if (state.status === 'queued') res.set('Retry-After', POLL_AFTER_S);
    res.json(presentRequest(state));
  };
}
