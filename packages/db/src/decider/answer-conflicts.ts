// Gives the conflicts of a group their alternatives. The usual one is found among a few neighbours; only a search
// that gives up there is made again over all that it may look at.

import {
  ALTERNATIVES_SCANNED_MAX,
  findAlternatives,
  neighboursToLoad,
  withAlternatives,
  type AlternativesFound,
  type Appointment,
  type Decision,
  type Neighbourhood,
} from '@slotline/core';
import type pg from 'pg';

import type { Entry } from './entry.ts';
import type { LoadedGroup } from './load-group.ts';
import { loadNeighbours } from './load-neighbours.ts';
import { toStretches, type KeyedNeighbourhood } from './neighbour-stretches.ts';
import { nameOf } from './surrogate-keys.ts';

/** How many appointments the searches look at in each direction, one search after the other. */
const SCANS = [8, ALTERNATIVES_SCANNED_MAX];

/** The requests of one org as the rules decided them, over what was loaded for them. */
export interface DecidedOrg {
  readonly orgKey: number;
  readonly appointments: readonly Appointment[];
  readonly decisions: readonly Decision[];
}

/** The decisions by org key. A round trip or two when there is a conflict, none otherwise. */
export async function answerConflicts(
  client: pg.ClientBase,
  loaded: LoadedGroup,
  { entries, orgs }: { entries: readonly Entry[]; orgs: readonly DecidedOrg[] },
): Promise<ReadonlyMap<number, readonly Decision[]>> {
  const searches = orgs.map((org) => new Search(org));
  for (const scannedMax of SCANS) {
    const open = searches.flatMap((search) => search.neighbourhoods(loaded));
    if (open.length === 0) break;
    const neighbours = await loadNeighbours(client, entries, toStretches(open, scannedMax));
    for (const search of searches) search.lookAt(neighbours.get(search.orgKey) ?? [], scannedMax);
  }
  return new Map(searches.map((search) => [search.orgKey, search.decisions()]));
}

/** The search for the alternatives of one org's conflicts. */
class Search {
  readonly #org: DecidedOrg;
  readonly #found = new Map<string, AlternativesFound>();
  #open: readonly Neighbourhood[];

  constructor(org: DecidedOrg) {
    this.#org = org;
    this.#open = neighboursToLoad(org.appointments, org.decisions);
  }

  get orgKey(): number {
    return this.#org.orgKey;
  }

  neighbourhoods({ resourceKeys }: LoadedGroup): readonly KeyedNeighbourhood[] {
    return this.#open.map((one) => {
      const resourceKey = resourceKeys.get(nameOf({ orgKey: this.orgKey, resourceId: one.resourceId }));
      if (resourceKey === undefined) throw new TypeError(`P6: no key for the resource of ${one.requestId}`);
      return { ...one, resourceKey };
    });
  }

  lookAt(neighbours: readonly Appointment[], scannedMax: number): void {
    if (this.#open.length === 0) return;
    // Last one wins in the calendar: what was loaded whole comes after what is merely near.
    const appointments = [...neighbours, ...this.#org.appointments];
    const found = findAlternatives(appointments, this.#org.decisions, scannedMax);
    this.#open = this.#open.filter(({ requestId }) => {
      const one = found.get(requestId);
      if (one !== undefined) this.#found.set(requestId, one);
      return one?.isGivenUp === true;
    });
  }

  decisions(): readonly Decision[] {
    return this.#found.size === 0 ? this.#org.decisions : withAlternatives(this.#org.decisions, this.#found);
  }
}
