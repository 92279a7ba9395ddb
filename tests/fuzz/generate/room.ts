// What one case may use: its dice, orgs that it shares with few other cases, and its own marks. A mark (canary) found
// in the stores shows which request left it there.

import { Dice } from './dice.ts';

/** How many cases book for the same few orgs: enough to meet, too few to make their lists long. */
const CASES_PER_ERA = 400;
const ORGS_PER_ERA = 8;

export const CANARY = /c4n-\d+-\d+\./g;
/** The same for PostgreSQL. */
export const CANARY_POSIX = String.raw`c4n-[0-9]+-[0-9]+\.`;

export class Room {
  readonly number: number;
  readonly dice: Dice;
  /** Where webhooks may be posted to: it answers. */
  readonly receiverUrl: string;
  /** The only org that this case may name, when its client belongs to one. */
  orgId: string | undefined;
  #minted = 0;

  constructor({ seed, number, receiverUrl }: { seed: number; number: number; receiverUrl: string }) {
    this.number = number;
    this.dice = Dice.ofCase(seed, number);
    this.receiverUrl = receiverUrl;
  }

  mint(): string {
    return `c4n-${this.number}-${this.#minted++}.`;
  }

  /** One of the orgs that take bookings. */
  anyOrg(): string {
    return this.orgId ?? `org-${Math.floor(this.number / CASES_PER_ERA)}-${this.dice.below(ORGS_PER_ERA)}`;
  }

  /** An org for webhooks or administration only: bookings of other cases send nothing to its endpoints. */
  quietOrg(): string {
    return this.orgId ?? `quiet-${this.number}`;
  }
}
