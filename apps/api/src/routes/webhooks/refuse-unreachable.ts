// The check of a URL when it is registered: a host name must lead to public addresses now. It spares the client a
// surprise and guards nothing, because names change; every attempt judges what it connects to.

import { refuseHost, type AddressPolicy } from '@slotline/webhook';
import { addressRefused } from '../../http/parse-addressed.ts';
import { ProblemError } from '../../http/problem-error.ts';

/** Takes as long as the DNS, a few seconds at worst. Throws the problem that names `url`. */
export async function refuseUnreachable(url: string, policy: AddressPolicy): Promise<void> {
  const reason = await refuseHost(url, policy);
  if (reason === undefined) return;
  throw new ProblemError('invalid-request', { errors: [addressRefused('url', reason)] });
}
