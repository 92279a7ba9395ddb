// An in-memory substitute for an org's database between commit groups: current appointments and the outcome of
// every request. For a group it loads exactly the rows that the deciding transaction loads.

import {
  blockersToLoad,
  decide,
  findAlternatives,
  isLive,
  neighboursToLoad,
  wishesOf,
  withAlternatives,
  type AlternativesFound,
  type Appointment,
  type Book,
  type Decision,
  type Neighbourhood,
  type OrgState,
  type Outcome,
  type Request,
} from '../src/index.ts';

/** How far the searches for alternatives go in small worlds: one step, then as far as ever. */
const SCANS = [1, 3] as const;
export const SCANNED_MAX = SCANS[1];

export class Ledger {
  readonly appointments = new Map<string, Appointment>();
  readonly #outcomes = new Map<string, Outcome>();

  constructor(standing: readonly Appointment[]) {
    for (const appointment of standing) this.appointments.set(appointment.id, appointment);
  }

  /** Decides one commit group from the fewest rows that may be loaded for it, and stores the outcomes. */
  decideGroup(group: readonly Request[]): Decision[] {
    const state = this.#load(group);
    const decisions = this.#answer([...state.appointments], decide(state, group));
    for (const { request, outcome, written, isRepeat } of decisions) {
      if (!isRepeat) this.#outcomes.set(request.requestId, outcome);
      for (const version of written) this.appointments.set(version.id, version);
    }
    return decisions;
  }

  #load(group: readonly Request[]): OrgState {
    const decided = new Map<string, Outcome>();
    for (const { requestId } of group) {
      const outcome = this.#outcomes.get(requestId);
      if (outcome !== undefined) decided.set(requestId, outcome);
    }
    const undecided = group.filter(({ requestId }) => !decided.has(requestId));
    let earlier = 0;
    const appointments = undecided.flatMap((request) => {
      const wishes = wishesOf(request);
      const others = earlier + wishes.length - 1;
      earlier += wishes.length;
      return wishes.flatMap((wish) => [
        ...this.#byId(wish.appointmentId),
        ...(wish.operation === 'book' ? this.#inTheWay(wish, others) : []),
      ]);
    });
    return { appointments, decided };
  }

  #answer(loaded: readonly Appointment[], decisions: readonly Decision[]): Decision[] {
    const found = new Map<string, AlternativesFound>();
    let open = neighboursToLoad(loaded, decisions);
    for (const scannedMax of SCANS) {
      const neighbours = open.flatMap((one) => this.#neighbours(one, scannedMax));
      const all = findAlternatives([...neighbours, ...loaded], decisions, scannedMax);
      open = open.filter(({ requestId }) => {
        const one = all.get(requestId);
        if (one !== undefined) found.set(requestId, one);
        return one?.isGivenUp;
      });
    }
    return withAlternatives(decisions, found);
  }

  #byId(id: string): Appointment[] {
    const found = this.appointments.get(id);
    return found === undefined ? [] : [found];
  }

  #inTheWay({ resourceId, start, end }: Book, otherWishes: number): Appointment[] {
    const live = this.#liveOn(resourceId);
    const startingInside = live.filter((other) => other.start >= start && other.start < end);
    return [
      ...live.filter((other) => other.start < start).slice(-1),
      ...startingInside.slice(0, blockersToLoad(otherWishes)),
    ];
  }

  #neighbours({ resourceId, before, end, takenAway }: Neighbourhood, scannedMax: number): Appointment[] {
    const live = this.#liveOn(resourceId);
    return [
      ...live.filter(({ start }) => start < before).slice(-(scannedMax + takenAway)),
      ...live.filter(({ start }) => start < end).slice(-(1 + takenAway)),
      ...live.filter(({ start }) => start >= end).slice(0, scannedMax + takenAway),
    ];
  }

  #liveOn(resourceId: string): Appointment[] {
    return [...this.appointments.values()]
      .filter((appointment) => isLive(appointment) && appointment.resourceId === resourceId)
      .sort((a, b) => a.start - b.start);
  }
}
