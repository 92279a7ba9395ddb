/**
 * Items that entered an empty mailbox, as the accepting script publishes them to the worker that holds the
 * org's line. They are the mailbox's head, so they can be served like a taken batch. The message may arrive
 * late, twice or not at all, because the entries also stay in the mailbox.
 */
import { decodeEntries, type MailboxEntry } from './mailbox-entry.ts';

export interface HandedBatch {
  readonly orgId: string;
  /** The org's virtual time in its line. */
  readonly stands: number;
  readonly entries: readonly MailboxEntry[];
}

/** From the message that lua/accept.lua publishes. */
export function decodeHanded(message: string): readonly HandedBatch[] {
  const handed = JSON.parse(message) as [orgId: string, stands: string, entries: string[]][];
  return handed.map(([orgId, stands, entries]) => ({
    orgId,
    stands: Number(stands),
    entries: decodeEntries(entries),
  }));
}
