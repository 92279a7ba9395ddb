// A request in the making: still in the terms of its operation, so that mutators can change one thing of it.

import type { Operation } from '../document/api-document.ts';
import type { Header, HttpRequest } from '../http/exchange.ts';

/** What the service owes a request. `broken` is no HTTP: it may be cut off without a word, but never be a 5xx. */
export type Expectation = 'accepted' | 'refused' | 'either' | 'broken';

export interface Draft {
  readonly operation: Operation;
  method: string;
  readonly path: Map<string, string>;
  query: Header[];
  headers: Header[];
  /** The JSON of the body; `undefined` sends none. */
  body: unknown;
  contentType: string | undefined;
  /** The body as it is sent, when that is not the JSON of `body`. */
  text?: Buffer;
  /** The request's path and query, when they are not made of `path` and `query`. */
  target?: string;
  /** The whole request, when it is not to be sent by a client. */
  bytes?: Buffer;
  expectation: Expectation;
  /** The only status allowed when the client may not use the operation, whatever else is wrong with the request. */
  owedStatus?: 401 | 403 | undefined;
  /** What was done to it, for people. */
  readonly mutations: string[];
  /** Marks that are in this request and in no other; of a batch one an item, in order. */
  readonly canaries: string[];
  /** Whether the path still leads to the operation. */
  isAddressed: boolean;
}

export function newDraft(operation: Operation): Draft {
  return {
    operation,
    method: operation.method,
    path: new Map(),
    query: [],
    headers: [],
    body: undefined,
    contentType: undefined,
    expectation: 'accepted',
    mutations: [],
    canaries: [],
    isAddressed: true,
  };
}

/** The request's bytes as a client will send them. */
export function toRequest(draft: Draft): HttpRequest {
  const body = draft.text ?? (draft.body === undefined ? undefined : Buffer.from(JSON.stringify(draft.body)));
  const type: Header[] = draft.contentType === undefined ? [] : [['content-type', draft.contentType]];
  return {
    origin: draft.operation.origin,
    method: draft.method,
    target: draft.target ?? targetOf(draft),
    headers: [...type, ...draft.headers],
    ...(body === undefined ? {} : { body }),
    ...(draft.bytes === undefined ? {} : { bytes: draft.bytes }),
  };
}

export function targetOf({ operation, path, query }: Draft): string {
  const filled = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    escapeText(path.get(name) ?? ''),
  );
  const search = query.map(([name, value]) => `${escapeText(name)}=${escapeText(value)}`).join('&');
  return search === '' ? filled : `${filled}?${search}`;
}

/** Percent-encodes whatever a URL cannot hold; unlike `encodeURIComponent` it takes any text. */
export function escapeText(text: string): string {
  return Buffer.from(text)
    .toString('latin1')
    .replaceAll(/[^\w.~-]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}
