// Adds alternatives to the conflicts of a group. Most are found among a few neighbours; only a search that gives up
// there is repeated with the full limit.

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

/** How many appointments each round of searches scans in each direction. */
const SCANS = [8, ALTERNATIVES_SCANNED_MAX];

/** The requests of one org as decided by the rules, with the appointments loaded for them. */
export interface DecidedOrg {
  readonly orgKey: number;
  readonly appointments: readonly Appointment[];
  readonly decisions: readonly Decision[];
}

/** Returns the decisions by org key. Takes one or two round trips if there is a conflict, otherwise none. */
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

/** The search for alternatives to the conflicts of one org. */
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
      if (resourceKey === undefined)
        throw new TypeError(`no resource key is loaded for request ${one.requestId}`);
      return { ...one, resourceKey };
    });
  }

  lookAt(neighbours: readonly Appointment[], scannedMax: number): void {
    if (this.#open.length === 0) return;
    // The last one wins in the calendar, so completely loaded appointments come after partially loaded neighbours.
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
