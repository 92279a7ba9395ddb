// POST /api/appointments/batch: valid items are accepted together, refused ones are answered at their index.
// Atomic batches are handled separately.

import {
  BATCH_ITEMS_MAX,
  batchQuery,
  boundErrors,
  parseBatchItem,
  type FieldErrors,
} from '@slotline/contract';
import type { Instant } from '@slotline/core';
import type { Request, RequestHandler, Response } from 'express';
import { namesOtherOrg, noSuchOrg, withOwnOrg } from '../access/parse-for-org.ts';
import { principalOf, speaksFor, type Principal } from '../access/principal.ts';
import { whileValid } from '../access/while-valid.ts';
import { callbackRule, judgeAddress, parseAddressed, type AddressRule } from '../http/parse-addressed.ts';
import { idempotencyKeyOf, preferredWaitOf } from '../http/parse-or-refuse.ts';
import { presentProblems } from '../http/present-problems.ts';
import { ProblemError } from '../http/problem-error.ts';
import { traceIdOf } from '../http/trace-id.ts';
import { accept, type Entry } from '../intake/accept.ts';
import { awaitOutcomes } from '../intake/await-outcomes.ts';
import type { RequestState } from '../intake/request-state.ts';
import { submitItem, type Submission } from '../intake/submission.ts';
import { askedBy } from './limit-requests.ts';
import { now } from './now.ts';
import type { ApiContext } from './api-context.ts';
import { keyReused, POLL_AFTER_S } from './write-appointment.ts';
import { bookAtomicBatch } from './book-atomic-batch.ts';
import { isProblem, presentAnswers, type Answer } from './present-answers.ts';
import { readBatch } from './read-batch.ts';

/** Maximum number of listed errors of one item. */
const ITEM_ERRORS_MAX = 10;

export function bookBatch(context: ApiContext): RequestHandler {
  const rule = callbackRule(context);
  return async (req, res) => {
    const { isAtomic, callbackUrl } = parseAddressed(batchQuery, req.query, rule);
    if (isAtomic) await bookAtomicBatch(context, { req, res, callbackUrl });
    else await bookItems(context, { req, res, rule });
  };
}

async function bookItems(context: ApiContext, { req, res, rule }: Exchange): Promise<void> {
  const arrival = { key: idempotencyKeyOf(req), acceptedAt: now(), rule, principal: principalOf(req) };
  const wait = preferredWaitOf(req);
  const items = await readBatch(context, req, {
    itemsMax: BATCH_ITEMS_MAX,
    read: (item, at) => readItem(item, { ...arrival, at }),
  });
  const submissions = items.filter(isSubmission);
  await context.limits?.charge({ req, res }, askedBy(submissions));
  const entries = await accept(context, submissions);
  const places = merge(items, entries);
  if (places.every(isProblem)) throw everyItemRefused(places, traceIdOf(req));
  countAccepted(context, submissions, entries);

  if (entries.every(({ kind }) => kind !== 'accepted')) res.set('Idempotent-Replayed', 'true');
  if (wait !== undefined) res.set('Preference-Applied', `wait=${wait}`);
  const answers = await awaitAll(context, { req, places, wait });
  const isDecided = answers.every((answer) => answer instanceof ProblemError || answer.status === 'decided');
  if (!isDecided) res.status(202).set('Retry-After', POLL_AFTER_S);
  res.json(presentAnswers(answers, traceIdOf(req)));
}

interface Exchange {
  readonly req: Request;
  readonly res: Response;
  readonly rule: AddressRule;
}

type Item = Submission | ProblemError;
type Place = Answer;

function isSubmission(item: Item): item is Submission {
  return !(item instanceof ProblemError);
}

function isState(place: Place): place is RequestState {
  return !(place instanceof ProblemError);
}

interface Arrival {
  readonly key: string | undefined;
  readonly acceptedAt: Instant;
  readonly rule: AddressRule;
  readonly principal: Principal;
}

// Each item of a keyed batch is its own request under that key, so a retry of the batch replays item by item.
function readItem(item: unknown, { key, acceptedAt, rule, principal, at }: Arrival & { at: number }): Item {
  if (item instanceof ProblemError) return item;
  if (namesOtherOrg(principal, item)) return noSuchOrg();
  const parsed = judgeAddress(parseBatchItem(withOwnOrg(principal, item)), item, rule);
  if (parsed.kind === 'invalid') return new ProblemError('invalid-request', within(at, parsed));
  const submission = submitItem(parsed.value, { key, item: at, acceptedAt });
  return speaksFor(principal, submission.orgId) ? submission : noSuchOrg();
}

function within(at: number, { errors, moreErrors }: FieldErrors): FieldErrors {
  const named = boundErrors(errors, ITEM_ERRORS_MAX);
  return {
    errors: named.errors.map((error) => ({ ...error, pointer: `/${at}${error.pointer}` })),
    moreErrors: named.moreErrors + moreErrors,
  };
}

function merge(items: readonly Item[], entries: readonly Entry[]): Place[] {
  const remaining = entries.values();
  return items.map((item) => {
    if (item instanceof ProblemError) return item;
    const entry = remaining.next().value;
    return entry === undefined || entry.kind === 'mismatch' ? keyReused() : entry.state;
  });
}

function everyItemRefused(places: readonly ProblemError[], traceId: string): ProblemError {
  return new ProblemError('every-item-refused', { extension: { items: presentProblems(places, traceId) } });
}

function countAccepted(
  context: ApiContext,
  submissions: readonly Submission[],
  entries: readonly Entry[],
): void {
  entries.forEach(({ kind }, at) => {
    const operation = submissions[at]?.job.operation;
    if (kind === 'accepted' && operation !== undefined) context.metrics.accepted.inc({ operation });
  });
}

async function awaitAll(
  context: ApiContext,
  { req, places, wait }: { req: Request; places: readonly Place[]; wait: number | undefined },
): Promise<readonly Place[]> {
  if (wait === undefined) return places;
  const states = places.filter(isState);
  const outcomes = await whileValid(context, req, (signal) =>
    awaitOutcomes(context, states, { seconds: wait, signal }),
  );
  const awaited = outcomes.values();
  return places.map((place) => (place instanceof ProblemError ? place : (awaited.next().value ?? place)));
}
