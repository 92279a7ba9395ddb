// The wall clock of the accept path. It dates requests and never decides one (P16).

import type { Instant } from '@slotline/core';

export function now(): Instant {
  return Date.now() as Instant;
}
