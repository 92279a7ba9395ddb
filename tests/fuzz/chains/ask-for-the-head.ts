// HEAD answers what GET answers, without the body (RFC 9110, 9.3.2).

import { validRequest } from '../generate/valid-request.ts';
import { apiOf } from '../world.ts';
import type { Talk } from './talk.ts';

/** Headers that differ from one answer to the next, or that only a body needs. */
const FREE = new Set([
  'date',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'ratelimit',
  'link',
  'etag',
  'retry-after',
]);

export async function askForTheHead(talk: Talk): Promise<void> {
  const { world } = talk.traffic;
  const readable = world.apis
    .flatMap(({ operations }) => operations)
    .filter(({ method }) => method === 'GET');
  const operation = talk.room.dice.pick(readable);
  // A scrape resets the event-loop figures, so conversations do not scrape.
  if (operation.path === '/metrics') return;
  // No other case may change the data between the two requests.
  talk.room.orgId = talk.room.quietOrg();
  const { path, query, headers } = validRequest(apiOf(world, operation).document, operation, talk.room);
  const ask = { path: Object.fromEntries(path), query: Object.fromEntries(query), headers };
  const got = await talk.ask(operation.id, ask);
  const head = await talk.ask(operation.id, { ...ask, method: 'HEAD' });
  talk.must(head.status === got.status, 'HEAD has the status of GET', { got: got.status, head: head.status });
  const differing = Object.keys({ ...got.headers, ...head.headers }).filter(
    (name) => !FREE.has(name) && got.headers[name] !== head.headers[name],
  );
  talk.must(differing.length === 0, 'HEAD has the headers of GET', {
    differing,
    got: got.headers,
    head: head.headers,
  });
}
