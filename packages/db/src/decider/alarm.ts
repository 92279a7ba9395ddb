// What an operator has to hear although every promise was kept: the exclusion constraint refused what the
// rules had allowed. Somebody wrote past the org's lock, or JavaScript and SQL disagree about an overlap.

import type { Blocker } from '@slotline/core';

export type Alarm =
  /** A group was refused as a whole and is decided again, each request in a transaction of its own. */
  | { readonly kind: 'group-refused'; readonly orgIds: readonly string[] }
  /** A request was refused by itself too, and got `conflict`, naming these blockers. */
  | {
      readonly kind: 'overlap-refused';
      readonly orgId: string;
      readonly requestId: string;
      readonly appointmentId: string;
      readonly conflictsWith: readonly Blocker[];
    };
