/** Entries of a mailbox, as a worker takes them or as they are handed to the worker that holds the line. */

/** One item as stored in a mailbox. */
export interface MailboxEntry {
  readonly streamId: string;
  readonly id: string;
  readonly raw: string;
  /** Empty when the item has none. */
  readonly fingerprint: string;
}

/** From flat `streamId, id, payload, fingerprint, …`, as the scripts hand entries out. */
export function decodeEntries(flat: readonly string[]): readonly MailboxEntry[] {
  const entries: MailboxEntry[] = [];
  for (let at = 0; at + 3 < flat.length; at += 4) {
    const [streamId = '', id = '', raw = '', fingerprint = ''] = flat.slice(at, at + 4);
    entries.push({ streamId, id, raw, fingerprint });
  }
  return entries;
}

/**
 * Items that entered an empty mailbox. They are its head, so they can be served like a taken batch. The
 * message that carries them may arrive late, twice or not at all, because the entries also stay in the mailbox.
 */
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
