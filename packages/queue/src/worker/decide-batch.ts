/**
 * Gets a result for every entry of a batch, in order. A batch that keeps failing because of its items is
 * bisected until the failing item is alone; that item is buried (dead letter) and the others continue. Each
 * part is yielded as soon as it is decided, so that it can be completed before the next part is tried. Throws
 * only errors that are not the items' fault, or a failed burial; the rest of the batch is then undecided.
 */
import type { MailboxEntry } from '../partition/mailbox-entry.ts';
import { toError } from '../queue-event.ts';
import type { OrgWorkerOptions, WorkerKnobs, WorkItem } from './org-worker.ts';

export interface DecideRules<T, R> {
  readonly options: OrgWorkerOptions<T, R>;
  readonly knobs: WorkerKnobs;
}

/** An entry and its result, which is already durable. */
export interface DecidedEntry<R> {
  readonly entry: MailboxEntry;
  readonly result: R;
}

interface ParsedEntry<T> {
  readonly entry: MailboxEntry;
  readonly item: WorkItem<T>;
}

/** Entries that parse, or one that does not. */
type Segment<T> = { readonly good: ParsedEntry<T>[] } | { readonly bad: MailboxEntry; readonly cause: Error };

export async function* decideBatch<T, R>(
  orgId: string,
  entries: readonly MailboxEntry[],
  rules: DecideRules<T, R>,
): AsyncGenerator<readonly DecidedEntry<R>[]> {
  for (const segment of cutAtPoison(entries, rules.options)) {
    if ('bad' in segment) yield [await buryEntry(orgId, segment.bad, segment.cause, rules)];
    else yield* decideParsed(orgId, segment.good, rules.knobs.poisonTries, rules);
  }
}

async function* decideParsed<T, R>(
  orgId: string,
  parsed: readonly ParsedEntry<T>[],
  tries: number,
  rules: DecideRules<T, R>,
): AsyncGenerator<readonly DecidedEntry<R>[]> {
  const attempt = await tryToHandle(orgId, parsed, tries, rules);
  if ('decided' in attempt) {
    yield attempt.decided;
    return;
  }
  const [only] = parsed;
  if (parsed.length === 1 && only) {
    yield [await buryEntry(orgId, only.entry, attempt.cause, rules)];
    return;
  }
  // One try per half: the whole batch has already used up `poisonTries`.
  const middle = Math.ceil(parsed.length / 2);
  yield* decideParsed(orgId, parsed.slice(0, middle), 1, rules);
  yield* decideParsed(orgId, parsed.slice(middle), 1, rules);
}

async function tryToHandle<T, R>(
  orgId: string,
  parsed: readonly ParsedEntry<T>[],
  tries: number,
  { options }: DecideRules<T, R>,
): Promise<{ decided: readonly DecidedEntry<R>[] } | { cause: Error }> {
  for (let made = 1; ; made += 1) {
    try {
      const results = await options.handle({ orgId, items: parsed.map(({ item }) => item) });
      return { decided: pairUp(parsed, results) };
    } catch (error) {
      if (options.isRetryable(error)) throw error;
      if (made >= tries) return { cause: toError(error) };
    }
  }
}

function pairUp<T, R>(parsed: readonly ParsedEntry<T>[], results: readonly R[]): readonly DecidedEntry<R>[] {
  if (results.length !== parsed.length) {
    throw new TypeError(`handle gave ${results.length} results for ${parsed.length} items`);
  }
  return parsed.map(({ entry }, at) => {
    const result = results[at];
    if (result === undefined) throw new TypeError(`handle gave no result for item ${entry.id}`);
    return { entry, result };
  });
}

async function buryEntry<T, R>(
  orgId: string,
  entry: MailboxEntry,
  cause: Error,
  { options }: DecideRules<T, R>,
): Promise<DecidedEntry<R>> {
  const { streamId, id, raw, fingerprint } = entry;
  // The second part of a stream id is the time of acceptance: see `lua/accept.lua`.
  const acceptedAtMs = Number(streamId.split('-')[1]);
  const result = await options.bury({
    id,
    orgId,
    raw,
    ...(fingerprint === '' ? {} : { fingerprint }),
    acceptedAtMs,
    cause,
  });
  if (result === undefined) throw new TypeError(`bury gave no result for item ${id}`);
  options.onEvent?.({ kind: 'item-buried', orgId, id, cause });
  return { entry, result };
}

function cutAtPoison<T>(
  entries: readonly MailboxEntry[],
  options: Pick<OrgWorkerOptions<T, unknown>, 'parse'>,
): Segment<T>[] {
  const segments: Segment<T>[] = [];
  for (const entry of entries) {
    try {
      const item = toItem(entry, options.parse(entry.raw));
      const last = segments.at(-1);
      if (last && 'good' in last) last.good.push({ entry, item });
      else segments.push({ good: [{ entry, item }] });
    } catch (error) {
      segments.push({ bad: entry, cause: toError(error) });
    }
  }
  return segments;
}

function toItem<T>({ id, fingerprint }: MailboxEntry, payload: T): WorkItem<T> {
  return { id, payload, ...(fingerprint === '' ? {} : { fingerprint }) };
}
