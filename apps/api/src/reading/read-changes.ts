// Pages of an org's changes for streams. Streams of one org are mostly at one place and woken together, so those
// that ask in one event-loop tick share the query and the text of what is sent.

import { presentVersion } from '@slotline/contract';
import { listChanges } from '@slotline/db';
import type { ServerEvent } from '../http/event-stream.ts';
import type { ReadSide } from './read-side.ts';

/** Changes on one page of a stream: what a reader that stands still keeps in memory. */
export const STREAM_PAGE = 100;

export interface ChangePlace {
  readonly orgId: string;
  readonly after: number;
}

/** The next changes, oldest first, at most {@link STREAM_PAGE}. */
export type ReadChanges = (place: ChangePlace) => Promise<readonly ServerEvent[]>;

export function createReadChanges(reads: ReadSide): ReadChanges {
  const asked = new Map<string, Promise<readonly ServerEvent[]>>();
  return ({ orgId, after }) => {
    const key = JSON.stringify([orgId, after]);
    let page = asked.get(key);
    if (page === undefined) {
      page = new Promise((resolve) => {
        setImmediate(() => {
          // Forgotten before the query starts: what is committed from here on may not be in it.
          asked.delete(key);
          resolve(readPage(reads, { orgId, after }));
        });
      });
      asked.set(key, page);
    }
    return page;
  };
}

async function readPage(reads: ReadSide, { orgId, after }: ChangePlace): Promise<readonly ServerEvent[]> {
  const versions = await reads.read({ orgId }, (db) => listChanges(db, { orgId, after, limit: STREAM_PAGE }));
  return versions.map((version) => ({
    event: 'change',
    id: String(version.sequence),
    data: JSON.stringify(presentVersion(version)),
  }));
}
