// Compares the answers of a run with its stores: refused input is stored nowhere, every accepted request was decided
// once, and no other request was decided.

import { CANARY } from '../generate/room.ts';
import type { Breach } from './check-answer.ts';
import type { Ledger } from './ledger.ts';

const SHOWN_MAX = 5;

/** Marks of refused requests that stand somewhere all the same. */
export function findTraces(ledger: Ledger, where: string, marks: ReadonlySet<string>): Breach[] {
  const traces = [...marks].filter((mark) => ledger.isRefused(mark));
  return report('refused input leaves no trace', traces, `in ${where}`);
}

/** Once every mailbox is empty. */
export function findMiscounts(ledger: Ledger, decided: ReadonlyMap<string, string>): Breach[] {
  const lost = [...ledger.accepted]
    .filter(([id]) => !decided.has(id))
    .map(([id, of]) => `${id} of c4n-${of}-`);
  const stray = [...decided].filter(([id, appointmentId]) => {
    const mark = appointmentId?.match(CANARY)?.[0];
    // Some answers were not read: a request may have been taken unless its mark was refused.
    return !ledger.accepted.has(id) && (mark === undefined || ledger.isRefused(mark));
  });
  return [
    ...report('what was accepted is decided', lost, 'accepted and not decided'),
    ...report(
      'nothing is decided that was not accepted',
      stray.map(([id, appointmentId]) => `${id} (${appointmentId})`),
      'decided and never accepted',
    ),
  ];
}

function report(check: string, found: readonly string[], words: string): Breach[] {
  if (found.length === 0) return [];
  return [{ check, detail: `${found.length} ${words}: ${found.slice(0, SHOWN_MAX).join(' ')}` }];
}
