// All attacks, in the order in which they run and are listed.

import type { Attack } from './attack.ts';
import { BATCH_ATTACKS } from './attacks/batch-attacks.ts';
import { BODY_ATTACKS } from './attacks/body-attacks.ts';
import { READ_ATTACKS } from './attacks/read-attacks.ts';
import { WEBHOOK_ATTACKS } from './attacks/webhook-attacks.ts';

export const ATTACKS: readonly Attack[] = [
  ...BATCH_ATTACKS,
  ...BODY_ATTACKS,
  ...READ_ATTACKS,
  ...WEBHOOK_ATTACKS,
];
