// The writes of one appointment, from the parsed body to the answer:
//
//   parse ─► submission (request id, fingerprint) ─► charge the rate limits ─► accept in Redis ─► 202
//                                                                                └─ Prefer: wait ─► outcome
//
// Nothing is accepted before the whole request is valid. After `accept` resolves the request is durable.

import {
  appointmentPath,
  describeConflict,
  describeRefusal,
  presentObstacles,
  requestPath,
  type ProblemCode,
  booking,
  appointmentIdText,
  cancellationQuery,
  confirmBody,
  confirmQuery,
} from '@slotline/contract';
import type { RequestRecord } from '@slotline/db';
import type { Request, Response, RequestHandler } from 'express';
import { refuseOtherOrg, parseForOrg } from '../access/parse-for-org.ts';
import { principalOf } from '../access/principal.ts';
import { whileValid } from '../access/while-valid.ts';
import { idempotencyKeyOf, preferredWaitOf, parseOrRefuse } from '../http/parse-or-refuse.ts';
import { ProblemError } from '../http/problem-error.ts';
import { accept, type Entry, type TakenEntry } from '../intake/accept.ts';
import { awaitOutcomes, expectOutcome } from '../intake/await-outcomes.ts';
import {
  type Submission,
  submitBooking,
  submitCancellation,
  submitConfirmation,
} from '../intake/submission.ts';
import { presentRequest, type RequestState } from '../intake/request-state.ts';
import { askedBy } from './limit-requests.ts';
import { now } from './now.ts';
import type { ApiContext } from './api-context.ts';
import { callbackRule, parseAddressed } from '../http/parse-addressed.ts';
import { jsonBody, jsonBodyIfAny } from '../http/read-body.ts';

/** `Retry-After` of a request that is not decided yet, in seconds. */
export const POLL_AFTER_S = '1';

/** POST /api/appointments */
export function bookAppointment(context: ApiContext): RequestHandler {
  const rule = callbackRule(context);
  return (req, res) => {
    const wanted = parseForOrg(booking, jsonBody(req), req, rule);
    return answerWrite(context, { req, res, submit: (arrival) => submitBooking(wanted, arrival) });
  };
}

/** DELETE /api/appointments/{id} */
export function cancelAppointment(context: ApiContext): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const id = parseOrRefuse(appointmentIdText, req.params.id);
    const wanted = { id, ...parseForOrg(cancellationQuery, req.query, req) };
    await answerWrite(context, { req, res, submit: (arrival) => submitCancellation(wanted, arrival) });
  };
}

/** POST /api/appointments/{id}/confirm */
export function confirmAppointment(context: ApiContext): RequestHandler<{ id: string }> {
  const rule = callbackRule(context);
  return async (req, res) => {
    const id = parseOrRefuse(appointmentIdText, req.params.id);
    const { orgId } = parseForOrg(confirmQuery, req.query, req);
    const { callbackUrl } = parseAddressed(confirmBody, jsonBodyIfAny(req, {}), rule);
    const wanted = { id, orgId, callbackUrl };
    await answerWrite(context, { req, res, submit: (arrival) => submitConfirmation(wanted, arrival) });
  };
}

type Submit = (arrival: { key: string | undefined; acceptedAt: ReturnType<typeof now> }) => Submission;

/** Accepts one submission and answers as the client prefers: immediately, or when it is decided. */
export async function answerWrite(
  context: ApiContext,
  exchange: { req: Request; res: Response; submit: Submit },
): Promise<void> {
  const { req, res, submit } = exchange;
  const submission = submit({ key: idempotencyKeyOf(req), acceptedAt: now() });
  refuseOtherOrg(principalOf(req), submission.orgId);
  const wait = preferredWaitOf(req);
  await context.limits?.charge({ req, res }, askedBy([submission]));
  if (wait === undefined) {
    const [entry] = await accept(context, [submission]);
    return answerState(res, noteTaken(context, { res, submission }, entry).state);
  }
  const state = await takeAndWait(context, { req, res, submission, seconds: wait });
  if (state.status === 'queued') answerState(res, state);
  else answerOutcome(res, state.record);
}

interface Taking {
  readonly res: Response;
  readonly submission: Submission;
}

function noteTaken(context: ApiContext, { res, submission }: Taking, entry: Entry | undefined): TakenEntry {
  if (entry === undefined || entry.kind === 'mismatch') throw keyReused();
  if (entry.kind === 'replayed') res.set('Idempotent-Replayed', 'true');
  else context.metrics.accepted.inc({ operation: submission.job.operation });
  return entry;
}

async function takeAndWait(
  context: ApiContext,
  { req, res, submission, seconds }: Taking & { readonly req: Request; readonly seconds: number },
): Promise<RequestState> {
  // Subscribed before the request is accepted, so that no decision is missed and no look-up is needed.
  const expected = expectOutcome(context, submission.requestId);
  try {
    const [entry] = await accept(context, [submission]);
    const { kind, state } = noteTaken(context, { res, submission }, entry);
    res.set('Preference-Applied', `wait=${seconds}`);
    return await whileValid(context, req, async (signal) => {
      if (kind === 'accepted') return expected.of(state, { seconds, signal });
      const [awaited = state] = await awaitOutcomes(context, [state], { seconds, signal });
      return awaited;
    });
  } finally {
    expected.end();
  }
}

export function keyReused(): ProblemError {
  return new ProblemError('idempotency-key-reused', {
    detail: 'This Idempotency-Key was already used with a different request body. Nothing was enqueued.',
  });
}

// A replayed request may be decided already; then the answer is 200, because nothing new was accepted.
function answerState(res: Response, state: RequestState): void {
  const resource = presentRequest(state);
  res.set('Location', resource.links.self);
  if (state.status === 'queued') res.status(202).set('Retry-After', POLL_AFTER_S);
  answerJson(res, resource);
}

function answerOutcome(res: Response, record: RequestRecord): void {
  const { outcome } = record;
  const resource = presentRequest({ status: 'decided', record });
  const refusal = refusalOf(record);
  res.set('Content-Location', requestPath(record.requestId));
  if (refusal !== undefined) {
    const { code, extension, detail } = refusal;
    throw new ProblemError(code, { detail, extension: { ...extension, request: resource } });
  }
  const isCreated = outcome.kind === 'created';
  if (isCreated) res.set('Location', appointmentPath(record));
  answerJson(res.status(isCreated ? 201 : 200), resource);
}

interface Refusal {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly extension?: object;
}

// For a waiting client, a different outcome than requested is a problem.
function refusalOf({ operation, outcome }: RequestRecord): Refusal | undefined {
  switch (outcome.kind) {
    case 'created':
    case 'updated':
    case 'cancelled':
    case 'confirmed':
    case 'expired':
    case 'ignored-stale':
    case 'applied':
      return undefined;
    case 'conflict':
      return { code: 'conflict', detail: describeConflict(outcome), extension: presentObstacles(outcome) };
    case 'not-found':
      return { code: 'not-found', detail: `There is no such appointment to ${operation}.` };
    case 'not-held':
      return { code: 'not-held', detail: 'The appointment is cancelled or its hold has expired.' };
    case 'refused':
      return { code: 'batch-refused', detail: describeRefusal(outcome) };
    case 'quarantined':
      return { code: 'quarantined', detail: outcome.detail };
  }
}

/**
 * Ends the answer; status and headers must be set before. Byte for byte what Express's `res.json` sends, which
 * takes 2 µs more: it reads settings that are never set and checks freshness, which only reads need.
 */
function answerJson(res: Response, resource: object): void {
  const text = JSON.stringify(resource);
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  res.setHeader('Content-Length', Buffer.byteLength(text));
  res.end(text);
}
