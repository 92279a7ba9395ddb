// Fills a calendar over HTTP and reads it back page by page, for the tests of reading.

import type { System } from '@slotline/testkit';
import request from 'supertest';

export interface Slot {
  readonly id: string;
  readonly resourceId?: string;
  /** Minutes after {@link DAY}. */
  readonly from: number;
  readonly to: number;
  readonly [field: string]: unknown;
}

const DAY = Date.parse('2030-10-10T00:00:00Z');

export function at(minutes: number): string {
  return new Date(DAY + minutes * 60_000).toISOString();
}

let tick = 0;
/** Later than any it gave before. */
function nextUpdate(): string {
  return new Date(Date.parse('2030-01-01T00:00:00Z') + ++tick).toISOString();
}

/** Books, moves or cancels (`op`) in order and waits until all are decided; answers the request resources. */
export async function send(
  { url }: System,
  orgId: string,
  slots: readonly Slot[],
): Promise<{ requestId: string; outcome: { kind: string; version?: number } }[]> {
  const items = slots.map(({ from, to, ...fields }) => {
    const updatedAt = nextUpdate();
    return { orgId, start: at(from), end: at(to), createdAt: updatedAt, updatedAt, ...fields };
  });
  const { status, body } = await request(url)
    .post('/api/appointments/batch')
    .set('Prefer', 'wait=30')
    .send(items);
  if (status !== 200) throw new Error(`the batch was answered ${status}: ${JSON.stringify(body)}`);
  return body;
}

/** Where `Link: <…>; rel="next"` points. */
export function nextOf(headers: Record<string, string>): string | undefined {
  const link = headers['link'];
  if (link === undefined) return undefined;
  const url = /^<([^>]+)>; rel="next"$/.exec(link)?.[1];
  if (url === undefined) throw new Error(`no link to a next page: ${link}`);
  return url;
}

/** Follows the links from a path to the end; one array a page. */
export async function readPages<T>({ url }: System, path: string): Promise<T[][]> {
  const pages: T[][] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const answer = await request(url).get(next);
    if (answer.status !== 200) throw new Error(`${next} was answered ${answer.status}: ${answer.text}`);
    pages.push(answer.body);
    next = nextOf(answer.headers);
  }
  return pages;
}
