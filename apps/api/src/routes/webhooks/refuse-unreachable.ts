// Checks a URL at its registration: its host name must resolve to public IP addresses now. This only spares
// the client a surprise, because DNS changes; every delivery checks the IP address that it connects to.

import { refuseHost } from '@slotline/webhook';
import type { ApiContext } from '../api-context.ts';
import { addressRefused } from '../../http/parse-addressed.ts';
import { ProblemError } from '../../http/problem-error.ts';

/** Takes as long as DNS, three seconds at most. Throws the problem that names `url`. */
export async function refuseUnreachable(
  { orgId, url }: { orgId: string; url: string },
  { webhooks, logger }: Pick<ApiContext, 'webhooks' | 'logger'>,
): Promise<void> {
  const refusal = await refuseHost(url, webhooks.policy);
  if (refusal === undefined) return;
  logger.info({ orgId, reason: refusal.cause }, 'the URL of an endpoint was refused');
  throw new ProblemError('invalid-request', { errors: [addressRefused('url', refusal.detail)] });
}
