// One attempt of one delivery. The order of the steps makes a crash at any of them harmless:
//
//   admit ─► claim (the attempt is in PostgreSQL from here on) ─► sign ─► post ─► classify ─► finish
//
// A crash after the claim leaves a lease that expires and an attempt count one higher. `finishAttempt` names
// the attempt it finishes, so a deliverer that outlived its lease changes nothing (C48). The claim counts the
// attempt in advance, so a payload that crashes the process runs out of attempts (C52).

import { setTimeout as delay } from 'node:timers/promises';
import { webhookIdOf } from '@slotline/contract';
import { DISABLE_AFTER_FAILING_MS, nextAttemptDelayMs } from '@slotline/core';
import {
  claimAttempt,
  finishAttempt,
  isRetryable,
  type AttemptResult,
  type ClaimedDelivery,
  type Database,
} from '@slotline/db';
import {
  classify,
  describeFailure,
  openSecret,
  signHeaders,
  type Answer,
  type Poster,
} from '@slotline/webhook';
import type { Logger } from '@slotline/runtime';
import type { DeliverMetrics } from './deliver-metrics.ts';
import { ATTEMPT_LEASE_MS } from './limits.ts';
import type { Wait } from './put-off.ts';
import type { EndPost, PostEnd, Receivers } from './receivers.ts';
import { decidedAtMsOf } from './tell-fact.ts';
import type { WakeUp } from './wake-up.ts';

export interface AttemptTools {
  readonly db: Database;
  readonly poster: Pick<Poster, 'post'>;
  readonly secretsKey: Uint8Array | undefined;
  readonly receivers: Pick<Receivers, 'beginPost'>;
  readonly metrics: DeliverMetrics;
  readonly logger: Logger;
  /** Aborted when the grace time for posts in flight is over. */
  readonly signal: AbortSignal;
}

export type AttemptEnd =
  | { readonly kind: 'delivered' | 'retry' | 'gone' | 'exhausted' }
  /** Nothing was posted; the delivery is postponed. */
  | { readonly kind: 'deferred'; readonly wait: Wait }
  /** Another deliverer owns the attempt, or nothing is left to deliver. */
  | { readonly kind: 'not-mine' };

/** The deliverer is closing. Claimed deliveries become due again when their lease expires. */
export class StoppingError extends Error {
  override readonly name = 'StoppingError';
}

/** Throws a {@link StoppingError} or a database error; the same wake-up may then be processed again. */
export async function attemptDelivery(
  { wakeUp, group }: { wakeUp: WakeUp; group: string },
  tools: AttemptTools,
): Promise<AttemptEnd> {
  const admission = tools.receivers.beginPost(group);
  if (admission.kind === 'wait') return { kind: 'deferred', wait: admission.wait };
  let isEnded = false;
  try {
    const claim = await claimAttempt(tools.db, {
      deliveryId: wakeUp.deliveryId,
      attemptsBefore: wakeUp.attempts,
      leaseMs: ATTEMPT_LEASE_MS,
    });
    if (claim === undefined) return { kind: 'not-mine' };
    const answer = await post(claim, tools);
    if (tools.signal.aborted && answer.kind === 'failed') throw new StoppingError('cut off by closing');
    isEnded = true;
    endPost({ group, end: admission.end, how: toPostEnd(answer) }, tools);
    return await finish({ claim, answer, result: resultOf(claim, answer) }, tools);
  } finally {
    if (!isEnded) admission.end('none');
  }
}

async function post(claim: ClaimedDelivery, tools: AttemptTools): Promise<Answer> {
  const startedAt = performance.now();
  try {
    const secrets = claim.sealedSecrets.map((sealed) => openSecret(sealed, tools.secretsKey));
    const headers = signHeaders({
      webhookId: webhookIdOf(claim.deliveryId),
      sentAt: new Date(),
      body: claim.body,
      secrets,
    });
    return await tools.poster.post({ url: claim.url, headers, body: claim.body, signal: tools.signal });
  } catch (cause) {
    // The fault is on our side, not the receiver's. The retry schedule gives an operator days to fix it.
    if (!tools.signal.aborted) {
      tools.logger.error({ deliveryId: claim.deliveryId, err: cause }, 'a delivery could not be posted');
    }
    const tookMs = performance.now() - startedAt;
    return { kind: 'failed', reason: 'protocol', detail: 'the service could not post it', tookMs };
  }
}

/**
 * A refused address and an unknown name are treated alike, so that the pace of attempts does not reveal which
 * it is.
 */
const TROUBLE: ReadonlySet<string> = new Set(['timeout', 'connection', 'dns', 'refused-address']);

function toPostEnd(answer: Answer): PostEnd {
  if (answer.kind === 'answered') return classify(answer).verdict === 'delivered' ? 'taken' : 'answered';
  return TROUBLE.has(answer.reason) ? 'trouble' : 'failed';
}

function endPost(
  { group, end, how }: { group: string; end: EndPost; how: PostEnd },
  { metrics, logger }: Pick<AttemptTools, 'metrics' | 'logger'>,
): void {
  const forMs = end(how);
  if (forMs === undefined) return;
  metrics.breakerOpens.inc();
  logger.warn({ group, forMs }, 'the circuit breaker of a receiver opened');
}

/** The part that the org may see. It omits why an address cannot be used and how long it took to find out. */
function seenOf(answer: Answer): Pick<AttemptResult, 'status' | 'error' | 'answer' | 'tookMs'> {
  if (answer.kind === 'failed') return { status: null, answer: null, ...describeFailure(answer) };
  const { status, body, tookMs } = answer;
  return { status, error: null, answer: body, tookMs: Math.round(tookMs) };
}

function resultOf({ attemptOfSchedule }: ClaimedDelivery, answer: Answer): AttemptResult {
  const seen = seenOf(answer);
  const judged = classify(answer);
  if (judged.verdict !== 'retry') return { kind: judged.verdict, ...seen };
  const { retryAfterMs } = judged;
  const retryInMs = nextAttemptDelayMs({ attempt: attemptOfSchedule, jitter: Math.random(), retryAfterMs });
  return retryInMs === undefined ? { kind: 'exhausted', ...seen } : { kind: 'retry', retryInMs, ...seen };
}

interface EndedAttempt {
  readonly claim: ClaimedDelivery;
  readonly answer: Answer;
  readonly result: AttemptResult;
}

/**
 * Retries while the database is briefly unavailable: a delivery that is not recorded would be posted twice.
 */
const FINISH_PAUSES_MS = [100, 1_000, 3_000];

async function finish(ended: EndedAttempt, tools: AttemptTools): Promise<AttemptEnd> {
  const { claim, result } = ended;
  const { deliveryId, attempt } = claim;
  const note = () =>
    finishAttempt(tools.db, { deliveryId, attempt, result, disableAfterMs: DISABLE_AFTER_FAILING_MS });
  const { isMine, endpointDisabled } = await insist(note, tools.signal);
  report({ ...ended, isMine, endpointDisabled }, tools);
  return isMine ? { kind: result.kind } : { kind: 'not-mine' };
}

async function insist<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (const pauseMs of FINISH_PAUSES_MS) {
    try {
      return await call();
    } catch (cause) {
      if (!isRetryable(cause) || signal.aborted) throw cause;
      await delay(pauseMs, undefined, { signal }).catch(() => {}); // closing: one last try, at once
    }
  }
  return call();
}

interface Finished extends EndedAttempt {
  readonly isMine: boolean;
  readonly endpointDisabled: 'gone' | 'failing' | null;
}

function report(
  { claim, answer, result, isMine, endpointDisabled }: Finished,
  { metrics, logger }: AttemptTools,
): void {
  const { deliveryId, endpointId, orgId, attempt } = claim;
  // The real cause, for operators only.
  const error = answer.kind === 'failed' ? `${answer.reason}: ${answer.detail}` : null;
  const facts = { deliveryId, endpointId, orgId, attempt, status: result.status, error };
  metrics.attempts.inc({ result: isMine ? result.kind : 'late' });
  metrics.attemptSeconds.observe(answer.tookMs / 1_000);
  if (!isMine) logger.warn(facts, 'an attempt ended after its lease');
  else if (result.kind === 'exhausted') logger.warn(facts, 'a delivery failed for good');
  else if (error !== null) logger.info(facts, 'an attempt got no answer');
  else logger.debug({ ...facts, result: result.kind }, 'attempt');
  if (endpointDisabled !== null) logger.warn({ ...facts, reason: endpointDisabled }, 'endpoint disabled');
  const decidedAtMs = decidedAtMsOf(claim.body);
  if (isMine && result.kind === 'delivered' && decidedAtMs !== undefined) {
    metrics.deliverySeconds.observe(Math.max(0, Date.now() - decidedAtMs) / 1_000);
  }
}
