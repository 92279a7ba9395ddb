/** Entries of a mailbox: taken by a worker, or delivered inline to the worker that holds the partition. */

/** One item as stored in a mailbox. */
export interface MailboxEntry {
  readonly streamId: string;
  readonly id: string;
  readonly raw: string;
  /** Empty when the item has none. */
  readonly fingerprint: string;
}

/** From flat `streamId, id, payload, fingerprint, …`, as the scripts return entries. */
export function decodeEntries(flat: readonly string[]): readonly MailboxEntry[] {
  const entries: MailboxEntry[] = [];
  for (let at = 0; at + 3 < flat.length; at += 4) {
    const [streamId = '', id = '', raw = '', fingerprint = ''] = flat.slice(at, at + 4);
    entries.push({ streamId, id, raw, fingerprint });
  }
  return entries;
}

/**
 * Items delivered inline: they entered an empty mailbox and arrive with the wake-up. They are the mailbox's
 * head, so they can be served like a taken batch. The message may arrive late, twice or not at all, because
 * the entries also stay in the mailbox.
 */
export interface InlineBatch {
  readonly orgId: string;
  /** The org's virtual time in its partition. */
  readonly virtualTime: number;
  readonly entries: readonly MailboxEntry[];
}

/** From the message that lua/accept.lua publishes. */
export function decodeInline(message: string): readonly InlineBatch[] {
  const batches = JSON.parse(message) as [orgId: string, virtualTime: string, entries: string[]][];
  return batches.map(([orgId, virtualTime, entries]) => ({
    orgId,
    virtualTime: Number(virtualTime),
    entries: decodeEntries(entries),
  }));
}
