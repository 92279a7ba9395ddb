/**
 * What came into a mailbox that was empty, as the accepting script tells it to the worker that holds the org's line: its head, so
 * that it can be served like a batch that was taken. It may come late or twice, or not at all: the entries stay in the mailbox.
 */
import { decodeEntries, type MailboxEntry } from './mailbox-entry.ts';

export interface HandedBatch {
  readonly orgId: string;
  /** In its line. */
  readonly stands: number;
  readonly entries: readonly MailboxEntry[];
}

/** From the message that lua/accept.ts publishes. */
export function decodeHanded(message: string): readonly HandedBatch[] {
  const handed = JSON.parse(message) as [orgId: string, stands: string, entries: string[]][];
  return handed.map(([orgId, stands, entries]) => ({
    orgId,
    stands: Number(stands),
    entries: decodeEntries(entries),
  }));
}
