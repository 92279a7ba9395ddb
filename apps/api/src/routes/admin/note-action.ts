// The audit log: one line for every action of an operator, written before the action, so that none happens
// without a line. It names keys by their ids and contains no request content. It logs at level warn, so that
// it appears at the level that `slotline up` and most operators use.

import type { Request } from 'express';
import type { ApiContext } from '../api-context.ts';
import { principalOf } from '../../access/principal.ts';
import { clientIpOf } from '../../http/client-ip.ts';
import { traceIdOf } from '../../http/trace-id.ts';

export interface AdminAction {
  readonly action:
    | 'pause-org'
    | 'resume-org'
    | 'set-weight'
    | 'read-payloads'
    | 'retry-quarantined'
    | 'create-key'
    | 'revoke-key';
  /** `null` when the action concerns more than one org, or none. */
  readonly orgId: string | null;
  /** Further parameters of the action; parsed and not secret. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

export function noteAction(
  { logger }: Pick<ApiContext, 'logger'>,
  req: Request<unknown>,
  { action, orgId, facts }: AdminAction,
): void {
  const principal = principalOf(req);
  const who = principal.kind === 'anyone' ? 'anyone' : principal.keyId;
  logger.warn({ who, ip: clientIpOf(req), action, orgId, ...facts, traceId: traceIdOf(req) }, 'admin action');
}
