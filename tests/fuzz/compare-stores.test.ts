// Whether the end of a run sees what stays undecided, and only that.

import { describe, expect, it } from '@jest/globals';
import { Ledger } from './checks/ledger.ts';
import { findUndecided } from './compare-stores.ts';

const MAILBOX = '{slotline:0}:mailbox:acme';

/** Mailboxes as each look finds them; the last value repeats indefinitely. No request is decided. */
function storesWith(...looks: readonly (readonly string[])[]) {
  let look = 0;
  return {
    listMailboxes: () => Promise.resolve(looks[Math.min(look++, looks.length - 1)] ?? []),
    readDecided: () => Promise.resolve(new Map<string, string>()),
  };
}

describe('the end of a run', () => {
  it('is waited for', async () => {
    expect(await findUndecided(new Ledger(), storesWith([MAILBOX], []), 60_000)).toEqual([]);
  });

  it('has come once all mailboxes were empty: a hold may expire at any time later', async () => {
    expect(await findUndecided(new Ledger(), storesWith([], [MAILBOX]), 60_000)).toEqual([]);
  });

  it('does not come while something stays in a mailbox', async () => {
    expect(await findUndecided(new Ledger(), storesWith([MAILBOX]), 1)).toEqual([
      { check: 'what was accepted is decided', detail: MAILBOX },
    ]);
  });

  it('does not come while something accepted is decided nowhere', async () => {
    const ledger = new Ledger();
    ledger.accepted.set('a', 7);
    expect(await findUndecided(ledger, storesWith([]), 1)).toEqual([
      { check: 'what was accepted is decided', detail: '1 accepted and not decided: a of c4n-7-' },
    ]);
  });
});
