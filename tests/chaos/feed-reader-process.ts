// The process behind `FeedReader`: node feed-reader-process.ts <url> <file> <org>…

import { appendFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { readSeen, type SeenChange } from './feed-reader.ts';

/** Between two connections to a stream that ended. */
const RECONNECT_MS = 200;

interface StreamedVersion {
  readonly id: string;
  readonly version: number;
  readonly status: string;
}

const [url = '', file = '', ...orgIds] = process.argv.slice(2);

const last = new Map<string, number>();
for (const { orgId, sequence } of readSeen(file)) last.set(orgId, sequence);
for (const orgId of orgIds) void follow(orgId);
process.send?.('reading');

async function follow(orgId: string): Promise<never> {
  for (;;) {
    await read(orgId).catch(() => {}); // the API may be away for a moment; what was missed comes again
    await delay(RECONNECT_MS);
  }
}

async function read(orgId: string): Promise<void> {
  const from = last.get(orgId);
  const answer = await fetch(`${url}/api/changes/stream?orgId=${encodeURIComponent(orgId)}`, {
    headers: from === undefined ? {} : { 'Last-Event-ID': String(from) },
  });
  if (!answer.ok || answer.body === null) throw new Error(`the stream answered ${answer.status}`);
  let rest = '';
  for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
    const events = (rest + text).split('\n\n');
    rest = events.pop() ?? '';
    note(events.flatMap((event) => toSeen(orgId, event) ?? []));
  }
}

/** `undefined` for whatever is no change: comments, the pause before reconnecting. */
function toSeen(orgId: string, event: string): SeenChange | undefined {
  const fields = new Map(
    event.split('\n').map((line) => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  );
  if (fields.get('event') !== 'change') return undefined;
  const { id, version, status } = JSON.parse(fields.get('data') ?? '') as StreamedVersion;
  return { orgId, sequence: Number(fields.get('id')), facts: `${id} ${version} ${status}` };
}

function note(seen: readonly SeenChange[]): void {
  if (seen.length === 0) return;
  appendFileSync(file, seen.map((one) => `${JSON.stringify(one)}\n`).join(''));
  for (const { orgId, sequence } of seen) last.set(orgId, sequence);
}
