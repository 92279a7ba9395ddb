// Admission as the server uses it: what refuses a request by its head, and the handler before each route's own that
// makes it wait for its turn. Costs about a microsecond while nothing waits.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Request, RequestHandler } from 'express';
import type { Access } from '../access/access.ts';
import { principalOf } from '../access/principal.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { Accept, Queue } from '../intake/accept.ts';
import type { ApiMetrics } from '../metrics.ts';
import { createAdmission } from './admission.ts';
import { watchLoopDelay } from './loop-delay.ts';
import { ANY_ORG, orgOf } from './org-of.ts';
import { REFUSALS, refuseAtOnce, type RefusalReason } from './refuse-at-once.ts';

export interface Admitting {
  /** True when the request has been answered with its refusal; then no other handler may touch it. */
  refuse(req: IncomingMessage, res: ServerResponse): boolean;
  /** The handler before a route's own: it lets a request begin in its turn, or refuses it with the 503 problem. */
  readonly admit: RequestHandler;
  /** `accept` whose submissions count as under way until Redis has answered. */
  counted(accept: Accept): Accept;
  /** Why requests are refused right now; empty when none are. */
  reasons(): readonly RefusalReason[];
  close(): Promise<void>;
}

export interface AdmittingOptions {
  /** See {@link createAdmission}. */
  readonly waitMaxMs: number;
  readonly queue: Pick<Queue, 'isNearlyFull' | 'isConnected'>;
  readonly access: Pick<Access, 'authenticate'>;
  /** Without credentials all requests are one organisation's. */
  readonly isOpen: boolean;
  readonly metrics: ApiMetrics;
  readonly stopping: AbortSignal;
}

/** Bytes of a body that count as one unit: about a single booking. */
const UNIT_BYTES = 256;

const NEVER_REFUSED = new Set(['/healthz', '/readyz']);
const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

export function openAdmission(options: AdmittingOptions): Admitting {
  const { queue, access, isOpen, metrics, stopping } = options;
  const admission = createAdmission({
    waitMaxMs: options.waitMaxMs,
    now: () => performance.now(),
    random: Math.random,
    nextTurn: setImmediate,
    onStart: (waitedMs) => metrics.admissionWait.observe(waitedMs / 1_000),
  });
  metrics.showUnderWay(admission.underWay);
  const loop = watchLoopDelay((delayMs) => metrics.loopDelay.observe(delayMs / 1_000));

  const reasonOf = (req: IncomingMessage): RefusalReason | undefined => {
    if (NEVER_REFUSED.has(pathOf(req.url ?? ''))) return undefined;
    if (!READS.has(req.method ?? '')) {
      // A keyed write may repeat one that was decided, and PostgreSQL can answer that without Redis.
      if (!queue.isConnected() && req.headers['idempotency-key'] === undefined) return 'redis-away';
      if (queue.isNearlyFull()) return 'memory';
    }
    if (!admission.wouldRefuse()) return undefined;
    const orgId = isOpen ? ANY_ORG : knownOrgOf(access, req);
    return orgId !== undefined && admission.wouldRefuse(orgId) ? 'busy' : undefined;
  };

  return {
    refuse(req, res) {
      loop.wake();
      const reason = reasonOf(req);
      if (reason === undefined) return false;
      metrics.shed.inc({ reason });
      refuseAtOnce({ req, res }, { reason, retryAfterS: admission.retryAfterS(), isLast: stopping.aborted });
      return true;
    },
    admit: (req, res, next) =>
      admission.enter({
        orgId: orgOf(principalOf(req)),
        units: unitsOf(req),
        // A client that left while its request waited needs no work.
        start: () => (res.closed ? undefined : next()),
        refuse: (retryAfterS) => {
          metrics.shed.inc({ reason: 'busy' });
          next(refusal(retryAfterS));
        },
      }),
    counted: (accept) => (submissions) => {
      const [first] = submissions;
      const orgId = isOpen || first === undefined ? ANY_ORG : first.orgId;
      return admission.during({ orgId, units: submissions.length }, () => accept(submissions));
    },
    reasons: () => {
      const reasons: RefusalReason[] = admission.wouldRefuse() ? ['busy'] : [];
      if (queue.isNearlyFull()) reasons.push('memory');
      if (!queue.isConnected()) reasons.push('redis-away');
      return reasons;
    },
    close: async () => loop.stop(),
  };
}

/** `undefined` when the credential is invalid or has to be looked up: its route answers that. */
function knownOrgOf(
  { authenticate }: Pick<Access, 'authenticate'>,
  req: IncomingMessage,
): string | undefined {
  try {
    const principal = authenticate(req.headers.authorization);
    if (!(principal instanceof Promise)) return orgOf(principal);
    principal.catch(() => undefined);
    return undefined;
  } catch {
    return undefined;
  }
}

function unitsOf({ body }: Request): number {
  return Buffer.isBuffer(body) ? Math.max(1, body.length / UNIT_BYTES) : 1;
}

function refusal(retryAfterS: number): ProblemError {
  const { code, detail } = REFUSALS.busy;
  return new ProblemError(code, { detail, headers: { 'Retry-After': String(retryAfterS) } });
}

function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}
