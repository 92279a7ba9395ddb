// Events for operators: the exclusion constraint refused a row that the rules allowed. No promise is broken, but a
// writer bypassed the org's lock, or JavaScript and SQL disagree about an overlap.

import type { Blocker } from '@slotline/core';

export type Alarm =
  /** A group was refused as a whole; each of its requests is decided again in its own transaction. */
  | { readonly kind: 'group-refused'; readonly orgIds: readonly string[] }
  /** A single request was refused too and got `conflict` with these blockers. */
  | {
      readonly kind: 'overlap-refused';
      readonly orgId: string;
      readonly requestId: string;
      readonly appointmentId: string;
      readonly conflictsWith: readonly Blocker[];
    };
