// Turns the loaded state into the rows to write. The core's rules decide each org separately; this file assigns
// sequence numbers in mailbox order.

import { decide, type Appointment, type Decision, type Outcome } from '@slotline/core';
import type pg from 'pg';

import type { RequestRecord } from '../records/records.ts';
import { answerConflicts, type DecidedOrg } from './answer-conflicts.ts';
import { identityOf, type Entry } from './entry.ts';
import type { LoadedGroup, OrgCounters } from './load-group.ts';

/** A request decided in this transaction: its row and the versions it made, if any. */
export interface NewDecision {
  readonly entry: Entry;
  readonly record: RequestRecord;
  readonly decisionSequence: number;
  /**
   * The org's number of versions after this decision; the sequence of this decision's last version, if it made any.
   */
  readonly changeSequence: number;
  readonly written: readonly Appointment[];
}

export interface Judgement {
  /** One record per entry, in the same order; a repeated request has the record of the first. */
  readonly records: readonly RequestRecord[];
  /** The new decisions, per org in the order of decision. */
  readonly decisions: readonly NewDecision[];
}

/** Decides the entries that were not decided before; `client` is inside their transaction. */
export type Judge = (
  loaded: LoadedGroup,
  entries: readonly Entry[],
  client: pg.ClientBase,
) => Judgement | Promise<Judgement>;

/** Decides by the core's rules and adds alternatives. Every entry must have its request. */
export const judgeByRules: Judge = async (loaded, entries, client) => {
  const byOrg = Map.groupBy(entries, ({ orgKey }) => orgKey);
  const orgs = [...byOrg].map(([orgKey, ofOrg]) => decideOrg(loaded, orgKey, ofOrg));
  const decisions = await answerConflicts(client, loaded, { entries, orgs });
  const verdicts = new Map<Entry, Verdict>();
  for (const [orgKey, ofOrg] of byOrg) {
    ofOrg.forEach((entry, at) => {
      const decision = decisions.get(orgKey)?.[at];
      if (decision !== undefined) verdicts.set(entry, decision);
    });
  }
  return record(loaded, entries, (entry) => verdicts.get(entry));
};

function decideOrg(loaded: LoadedGroup, orgKey: number, entries: readonly Entry[]): DecidedOrg {
  const decided = new Map<string, Outcome>();
  for (const entry of entries) {
    const before = loaded.decided.get(identityOf(entry));
    if (before !== undefined) decided.set(entry.requestId, before.outcome);
  }
  const appointments = loaded.appointments.get(orgKey) ?? [];
  const requests = entries.flatMap(({ request }) => request ?? []);
  return { orgKey, appointments, decisions: decide({ appointments, decided }, requests) };
}

/** Gives every entry this outcome, except entries that were decided before. */
export function judgeAs(outcome: Outcome): (loaded: LoadedGroup, entries: readonly Entry[]) => Judgement {
  return (loaded, entries) => record(loaded, entries, () => ({ outcome, written: [] }));
}

type Verdict = Pick<Decision, 'outcome' | 'written'>;

function record(
  { counters, decided }: LoadedGroup,
  entries: readonly Entry[],
  verdictOf: (entry: Entry) => Verdict | undefined,
): Judgement {
  const known = new Map(decided);
  const numbering = new Map([...counters].map(([orgKey, of]) => [orgKey, { ...of }]));
  const decisions: NewDecision[] = [];
  const records = entries.map((entry) => {
    const before = known.get(identityOf(entry));
    if (before !== undefined) return before;
    const decision = toDecision(entry, verdictOf(entry), numbering.get(entry.orgKey));
    decisions.push(decision);
    known.set(identityOf(entry), decision.record);
    return decision.record;
  });
  return { records, decisions };
}

type Numbering = { -readonly [K in keyof OrgCounters]: OrgCounters[K] };

function toDecision(entry: Entry, verdict: Verdict | undefined, of: Numbering | undefined): NewDecision {
  if (verdict === undefined || of === undefined)
    throw new TypeError('an entry has no decision, or its org has no counters');
  const { requestId, orgId, appointmentId, operation, acceptedAt, fingerprint } = entry;
  of.decisionSequence += 1;
  of.changeSequence += verdict.written.length;
  return {
    entry,
    record: {
      requestId,
      orgId,
      appointmentId,
      operation,
      outcome: verdict.outcome,
      acceptedAt,
      decidedAt: of.recordedAt,
      ...(fingerprint === null ? {} : { fingerprint }),
    },
    decisionSequence: of.decisionSequence,
    changeSequence: of.changeSequence,
    written: verdict.written,
  };
}
