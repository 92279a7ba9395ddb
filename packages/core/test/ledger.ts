// What an org's database remembers between commit groups, in memory: current appointments and the outcome
// of every request. It loads for a group exactly what the deciding transaction loads and not one row more.

import {
  blockersToLoad,
  decide,
  isLive,
  type Appointment,
  type BookRequest,
  type Decision,
  type OrgState,
  type Outcome,
  type Request,
} from '../src/index.ts';

export class Ledger {
  readonly appointments = new Map<string, Appointment>();
  readonly #outcomes = new Map<string, Outcome>();

  constructor(standing: readonly Appointment[]) {
    for (const appointment of standing) this.appointments.set(appointment.id, appointment);
  }

  /** Decides one commit group from the least that may be loaded for it, and remembers what came out. */
  decideGroup(group: readonly Request[]): Decision[] {
    const decisions = decide(this.#load(group), group);
    for (const { request, outcome, written, isRepeat } of decisions) {
      if (!isRepeat) this.#outcomes.set(request.requestId, outcome);
      if (written !== undefined) this.appointments.set(written.id, written);
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
    const appointments = undecided.flatMap((request, earlierRequests) => [
      ...this.#byId(request.appointmentId),
      ...(request.operation === 'book' ? this.#inTheWay(request, earlierRequests) : []),
    ]);
    return { appointments, decided };
  }

  #byId(id: string): Appointment[] {
    const found = this.appointments.get(id);
    return found === undefined ? [] : [found];
  }

  #inTheWay({ resourceId, start, end }: BookRequest, earlierRequests: number): Appointment[] {
    const live = [...this.appointments.values()]
      .filter((appointment) => isLive(appointment) && appointment.resourceId === resourceId)
      .sort((a, b) => a.start - b.start);
    const startingInside = live.filter((other) => other.start >= start && other.start < end);
    return [
      ...live.filter((other) => other.start < start).slice(-1),
      ...startingInside.slice(0, blockersToLoad(earlierRequests)),
    ];
  }
}
