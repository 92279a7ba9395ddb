// What the owner of an endpoint may see of a failed post. A name that is unknown, a name that leads inside and a name
// server that does not answer look the same, in words and in time, or the delivery log would list internal names.

import type { Failed, FailureReason } from './answer.ts';

const ADDRESS_REASONS: ReadonlySet<FailureReason> = new Set(['refused-address', 'dns']);

/** For the delivery log. The true cause, `reason` and `detail`, is for the service's operator. */
export function describeFailure({ reason, detail, tookMs }: Failed): { error: string; tookMs: number } {
  if (!ADDRESS_REASONS.has(reason)) return { error: `${reason}: ${detail}`, tookMs: Math.round(tookMs) };
  return { error: "address: the endpoint's address cannot be used", tookMs: 0 };
}
