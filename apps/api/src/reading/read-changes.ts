// Pages of an org's changes for streams. Streams of one org are mostly at the same position and woken
// together, so calls in one event-loop tick share the query and the serialized text.

import { presentVersion } from '@slotline/contract';
import { listChanges } from '@slotline/db';
import type { ServerEvent } from '../http/event-stream.ts';
import type { ReadSide } from './read-side.ts';

/** Changes on one page of a stream, and their bytes: what a stalled reader keeps in memory. */
const STREAM_PAGE = 100;
const STREAM_PAGE_BYTES_MAX = 65_536;

export interface ChangePlace {
  readonly orgId: string;
  readonly after: number;
}

export interface StreamPage {
  readonly events: readonly ServerEvent[];
  /** Whether more follow already. */
  readonly hasNext: boolean;
}

/** The next changes, oldest first. */
export type ReadChanges = (place: ChangePlace) => Promise<StreamPage>;

export function createReadChanges(reads: ReadSide): ReadChanges {
  const asked = new Map<string, Promise<StreamPage>>();
  return ({ orgId, after }) => {
    const key = JSON.stringify([orgId, after]);
    let page = asked.get(key);
    if (page === undefined) {
      page = new Promise((resolve) => {
        setImmediate(() => {
          // Removed before the query starts: later commits may not be in its result.
          asked.delete(key);
          resolve(readPage(reads, { orgId, after }));
        });
      });
      asked.set(key, page);
    }
    return page;
  };
}

async function readPage(reads: ReadSide, { orgId, after }: ChangePlace): Promise<StreamPage> {
  const query = { orgId, after, limit: STREAM_PAGE, bytesMax: STREAM_PAGE_BYTES_MAX };
  const { versions, hasNext } = await reads.read({ orgId }, (db) => listChanges(db, query));
  const events = versions.map((version) => ({
    event: 'change',
    id: String(version.sequence),
    data: JSON.stringify(presentVersion(version)),
  }));
  return { events, hasNext };
}
