// Helpers for the properties: all decisions of a mailbox, and the appointments after them.

import {
  decide,
  findAlternatives,
  withAlternatives,
  type Appointment,
  type Decision,
  type Outcome,
} from '../src/index.ts';
import type { Mailbox } from './arbitraries.ts';
import { SCANNED_MAX } from './ledger.ts';

export function decideAll({ standing, requests }: Mailbox): Decision[] {
  return decide({ appointments: standing, decided: new Map() }, requests);
}

/** With the alternatives of every conflict, searched for over the whole calendar. */
export function answerAll(mailbox: Mailbox): Decision[] {
  const decisions = decideAll(mailbox);
  return withAlternatives(decisions, findAlternatives(mailbox.standing, decisions, SCANNED_MAX));
}

/** Every version there is after all decisions, in the order written. */
export function versionsAfter({ standing }: Mailbox, decisions: readonly Decision[]): Appointment[] {
  return [...standing, ...decisions.flatMap(({ written }) => written)];
}

export function current(versions: readonly Appointment[]): Map<string, Appointment> {
  return new Map(versions.map((version) => [version.id, version]));
}

export function outcomesOf(decisions: readonly Decision[]): Outcome[] {
  return decisions.map(({ outcome }) => outcome);
}

export function sortedById(appointments: Iterable<Appointment>): Appointment[] {
  return [...appointments].sort((a, b) => (a.id < b.id ? -1 : 1));
}
