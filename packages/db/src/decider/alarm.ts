// What an operator has to hear although every promise was kept.

import type { Blocker } from '@slotline/core';

/**
 * The exclusion constraint refused what the rules had allowed: somebody wrote past the org's lock, or
 * JavaScript and SQL disagree about an overlap. The request got `conflict`, naming these blockers.
 */
export interface Alarm {
  readonly kind: 'overlap-refused';
  readonly orgId: string;
  readonly requestId: string;
  readonly appointmentId: string;
  readonly conflictsWith: readonly Blocker[];
}
