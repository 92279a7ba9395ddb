// Calculates how many of a process's delivery turns each org, endpoint and destination may have.

import {
  DESTINATION_TURNS_PART,
  ENDPOINT_PART_OF_ORG,
  ORG_PART_OF_DESTINATION,
  ORG_TURNS_PART,
} from './limits.ts';
import type { TurnLimits } from './turn-shares.ts';

export interface TurnNumbers {
  readonly turns: number;
  readonly orgTurns?: number | undefined;
  readonly destinationTurns?: number | undefined;
}

/** At least one each. A setting above the number of turns has no effect. */
export function turnLimitsOf({ turns, orgTurns, destinationTurns }: TurnNumbers): TurnLimits {
  const org = orgTurns ?? part(turns, ORG_TURNS_PART);
  const destination = destinationTurns ?? part(turns, DESTINATION_TURNS_PART);
  return {
    org,
    endpoint: part(org, ENDPOINT_PART_OF_ORG),
    destination,
    orgAtDestination: part(destination, ORG_PART_OF_DESTINATION),
  };
}

function part(turns: number, fraction: number): number {
  return Math.max(1, Math.floor(turns * fraction));
}
