// From what was loaded to what has to be written: pure. The rules are the core's, applied to each org by
// itself; here they get their sequence numbers, in mailbox order.

import { decide, type Appointment, type Decision, type Outcome } from '@slotline/core';

import type { RequestRecord } from '../records.ts';
import { identityOf, type Entry } from './entry.ts';
import type { LoadedGroup, OrgCounters } from './load-group.ts';

/** A request decided now: its row, and the version it made, if any. */
export interface NewDecision {
  readonly entry: Entry;
  readonly record: RequestRecord;
  readonly decisionSequence: number;
  /** The number of versions of the org after this decision; the number of its own version, if it made one. */
  readonly changeSequence: number;
  readonly written?: Appointment;
}

export interface Judgement {
  /** One record for each entry, in their order; repeats have the record of the first. */
  readonly records: readonly RequestRecord[];
  /** What is new, in the order of decision of each org. */
  readonly decisions: readonly NewDecision[];
}

/** Judges by the rules of the core. Every entry must have its request. */
export function judgeByRules(loaded: LoadedGroup, entries: readonly Entry[]): Judgement {
  const verdicts = new Map<Entry, Verdict>();
  for (const [orgKey, ofOrg] of Map.groupBy(entries, (entry) => entry.orgKey)) {
    const decided = new Map<string, Outcome>();
    for (const entry of ofOrg) {
      const before = loaded.decided.get(identityOf(entry));
      if (before !== undefined) decided.set(entry.requestId, before.outcome);
    }
    const requests = ofOrg.flatMap(({ request }) => request ?? []);
    const decisions = decide({ appointments: loaded.appointments.get(orgKey) ?? [], decided }, requests);
    ofOrg.forEach((entry, at) => {
      const decision = decisions[at];
      if (decision !== undefined) verdicts.set(entry, decision);
    });
  }
  return record(loaded, entries, (entry) => verdicts.get(entry));
}

/** Gives every entry this outcome, but for those that were decided before. */
export function judgeAs(outcome: Outcome): (loaded: LoadedGroup, entries: readonly Entry[]) => Judgement {
  return (loaded, entries) => record(loaded, entries, () => ({ outcome }));
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
  if (verdict === undefined || of === undefined) throw new TypeError('P6: an entry without verdict or org');
  const { requestId, orgId, appointmentId, operation, acceptedAt, fingerprint } = entry;
  of.decisionSequence += 1;
  if (verdict.written !== undefined) of.changeSequence += 1;
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
    ...(verdict.written === undefined ? {} : { written: verdict.written }),
  };
}
