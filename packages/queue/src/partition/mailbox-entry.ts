/** Entries of a mailbox, before and after they are decided. */

/** One item as stored in a mailbox. */
export interface MailboxEntry {
  readonly streamId: string;
  readonly id: string;
  readonly raw: string;
  /** Empty when the item has none. */
  readonly fingerprint: string;
}

/** An entry and its result, which is already durable. */
export interface DecidedEntry<R> {
  readonly entry: MailboxEntry;
  readonly result: R;
}

/** A decided entry in the form in which it is settled. */
export interface SettledEntry {
  readonly entry: MailboxEntry;
  /** The result as JSON; `''` when it is too large to be kept in Redis. */
  readonly result: string;
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
