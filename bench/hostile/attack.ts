// What an attack is: requests that one organisation may send with its ordinary key, and how many of them at once. It
// knows its own organisation alone; the victim is measured by others.

import type { HostileClient } from './hostile-client.ts';

export interface Attack {
  /** For `--attack`. */
  readonly name: string;
  /** One line for `--help`. */
  readonly summary: string;
  /** Stores what the attack needs, before anything is measured. What the service refuses is left out. */
  prepare?(client: HostileClient): Promise<void>;
  /** Attacks until the signal; what the service answers never ends it earlier. */
  run(client: HostileClient, signal: AbortSignal): Promise<void>;
}
