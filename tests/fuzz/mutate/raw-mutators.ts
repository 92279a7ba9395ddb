// Spoils HTTP itself: bytes over a socket that no client would send. Whatever comes back must be no 5xx, and what is
// no complete request must leave nothing behind.

import { toRequest, type Draft, type Expectation } from '../generate/draft.ts';
import type { Dice } from '../generate/dice.ts';
import type { HttpRequest } from '../http/exchange.ts';
import { always, expect, hasBody, type Mutator } from './mutator.ts';

const CRLF = '\r\n';

interface Wire {
  readonly line: string;
  readonly headers: readonly string[];
  readonly body: Buffer;
}

function toWire({ method, target, headers, body, origin }: HttpRequest): Wire {
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  return {
    line: `${method} ${target} HTTP/1.1`,
    headers: [`Host: ${new URL(origin).host}`, ...lines],
    body: body ?? Buffer.alloc(0),
  };
}

function bytesOf({ line, headers, body }: Wire, options: { eol?: string; close?: boolean } = {}): Buffer {
  const { eol = CRLF, close = true } = options;
  const all = close ? [...headers, 'Connection: close'] : headers;
  return Buffer.concat([Buffer.from([line, ...all, '', ''].join(eol), 'latin1'), body]);
}

const withHeader = (wire: Wire, ...headers: string[]): Wire => ({
  ...wire,
  headers: [...wire.headers, ...headers],
});
const measured = (wire: Wire): Wire => withHeader(wire, `Content-Length: ${wire.body.length}`);
const chunk = (body: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${body.length.toString(16)}${CRLF}`), body, Buffer.from(CRLF)]);
const chunked = (wire: Wire, end: string): Buffer =>
  bytesOf({
    ...withHeader(wire, 'Transfer-Encoding: chunked'),
    body: Buffer.concat([chunk(wire.body), Buffer.from(end)]),
  });

type Spoil = (wire: Wire, dice: Dice) => Buffer;
type Row = readonly [name: string, expectation: Expectation, spoil: Spoil];

/** Those that need a body to lie about. `broken` ones are refused or cut off, and certainly not taken. */
const BODY_ROWS: readonly Row[] = [
  [
    'a body shorter than announced',
    'broken',
    (wire, dice) => bytesOf(withHeader(wire, `Content-Length: ${wire.body.length + dice.between(1, 9_999)}`)),
  ],
  [
    'a body longer than announced',
    'broken',
    (wire, dice) =>
      bytesOf(withHeader(wire, `Content-Length: ${dice.below(wire.body.length)}`), { close: false }),
  ],
  ['an endless chunked body', 'broken', (wire) => chunked(wire, '')],
  [
    'a chunk that lies',
    'broken',
    (wire) =>
      bytesOf({
        ...withHeader(wire, 'Transfer-Encoding: chunked'),
        body: Buffer.concat([Buffer.from(`1${CRLF}`), wire.body]),
      }),
  ],
  [
    'a chunk with a huge size',
    'broken',
    (wire) =>
      bytesOf({
        ...withHeader(wire, 'Transfer-Encoding: chunked'),
        body: Buffer.from(`fffffffffffffffff${CRLF}x`),
      }),
  ],
  ['a proper chunked body', 'either', (wire) => chunked(wire, `0${CRLF}${CRLF}`)],
  [
    'chunks with extensions and trailers',
    'either',
    (wire) => chunked(wire, `0;a=b${CRLF}X-Trailer: 1${CRLF}Host: evil${CRLF}${CRLF}`),
  ],
  ['both a length and chunks', 'broken', (wire) => chunked(measured(wire), `0${CRLF}${CRLF}`)],
  ['two lengths', 'broken', (wire) => bytesOf(withHeader(measured(wire), 'Content-Length: 3'))],
  ['a negative length', 'broken', (wire) => bytesOf(withHeader(wire, 'Content-Length: -1'))],
  [
    'a length that is no number',
    'broken',
    (wire, dice) =>
      bytesOf(
        withHeader(wire, `Content-Length: ${dice.pick(['0x10', '1e3', '+5', ' ', '5, 5', '9'.repeat(30)])}`),
      ),
  ],
  [
    'an unknown transfer encoding',
    'broken',
    (wire, dice) =>
      bytesOf(
        withHeader(
          wire,
          `Transfer-Encoding: ${dice.pick(['gzip', 'xchunked', 'chunked, identity', 'identity'])}`,
        ),
      ),
  ],
  [
    'a body that waits for permission',
    'either',
    (wire) => bytesOf(withHeader(measured(wire), 'Expect: 100-continue')),
  ],
  [
    'an unsupported expectation',
    'either',
    (wire) => bytesOf(withHeader(measured(wire), 'Expect: the-spanish-inquisition')),
  ],
  [
    'a body cut off',
    'broken',
    (wire, dice) => bytesOf(measured(wire)).subarray(0, -dice.between(1, wire.body.length)),
  ],
];

const HEAD_ROWS: readonly Row[] = [
  ['bare line feeds', 'broken', (wire) => bytesOf(wire, { eol: '\n' })],
  ['bare carriage returns', 'broken', (wire) => bytesOf(wire, { eol: '\r' })],
  ['no host', 'broken', ({ line, body }) => bytesOf({ line, headers: [], body })],
  ['two hosts', 'broken', (wire) => bytesOf(withHeader(measured(wire), 'Host: evil.example'))],
  ['HTTP/1.0', 'either', (wire) => bytesOf({ ...measured(wire), line: wire.line.replace('1.1', '1.0') })],
  [
    'another version',
    'broken',
    (wire, dice) =>
      bytesOf({ ...wire, line: wire.line.replace('1.1', dice.pick(['0.9', '1.2', '2.0', '9.9', 'x'])) }),
  ],
  ['no version', 'broken', ({ line }) => Buffer.from(`${line.replace(' HTTP/1.1', '')}${CRLF}${CRLF}`)],
  ['the preface of HTTP/2', 'broken', () => Buffer.from(`PRI * HTTP/2.0${CRLF}${CRLF}SM${CRLF}${CRLF}`)],
  [
    'the beginning of TLS',
    'broken',
    () => Buffer.from([0x16, 0x03, 0x01, 0x00, 0xf1, 0x01, 0x00, 0x00, 0xed, 0x03, 0x03]),
  ],
  [
    'random bytes',
    'broken',
    (_wire, dice) => Buffer.from(Array.from({ length: dice.between(1, 300) }, () => dice.below(256))),
  ],
  ['nothing at all', 'broken', () => Buffer.alloc(0)],
  [
    'a head cut off',
    'broken',
    (wire, dice) => bytesOf({ ...wire, body: Buffer.alloc(0) }).subarray(0, -dice.between(1, 20)),
  ],
  ['a header without a colon', 'broken', (wire) => bytesOf(withHeader(wire, 'NoColonHere'))],
  ['space before the colon', 'broken', (wire) => bytesOf(withHeader(wire, 'Content-Length : 5'))],
  ['a folded header', 'broken', (wire) => bytesOf(withHeader(wire, `X-Folded: a${CRLF} b`))],
  ['nothing in a header', 'broken', (wire) => bytesOf(withHeader(wire, 'X-Nul: a\u0000b'))],
  [
    'bytes over 127 in a header',
    'either',
    (wire) => bytesOf(withHeader(measured(wire), 'Idempotency-Key: k\u00e9\u00ff')),
  ],
  [
    'control characters in a header',
    'broken',
    (wire) => bytesOf(withHeader(wire, 'X-Control: a\u0007b\u007f')),
  ],
  ['a huge header', 'broken', (wire) => bytesOf(withHeader(wire, `X-Huge: ${'x'.repeat(70_000)}`))],
  [
    'thousands of headers',
    'broken',
    (wire) => bytesOf(withHeader(wire, ...Array.from({ length: 3_000 }, (_, at) => `X-${at}: 1`))),
  ],
  [
    'a huge address',
    'broken',
    (wire) => bytesOf({ ...wire, line: wire.line.replace(' HTTP', `${'a'.repeat(70_000)} HTTP`) }),
  ],
  [
    'space in the address',
    'broken',
    (wire) => bytesOf({ ...wire, line: wire.line.replace(' HTTP', ' x HTTP') }),
  ],
  [
    'bytes over 127 in the address',
    'broken',
    (wire) => bytesOf({ ...wire, line: wire.line.replace(' HTTP', '\u00e9\u00ff HTTP') }),
  ],
  [
    'an absolute address',
    'broken',
    (wire) => bytesOf({ ...measured(wire), line: wire.line.replace(' /', ' http://evil.example/') }),
  ],
  ['an asterisk for an address', 'broken', (wire) => bytesOf({ ...wire, line: 'OPTIONS * HTTP/1.1' })],
  [
    'an address without a slash',
    'broken',
    (wire) => bytesOf({ ...wire, line: wire.line.replace(' /', ' ') }),
  ],
  ['a tunnel', 'broken', (wire) => bytesOf({ ...wire, line: 'CONNECT evil.example:443 HTTP/1.1' })],
  [
    'an unknown method',
    'broken',
    (wire, dice) =>
      bytesOf({
        ...wire,
        line: wire.line.replace(/^\w+/, dice.pick(['BREW', 'get', 'G ET', 'X'.repeat(300), ''])),
      }),
  ],
  [
    'an upgrade',
    'either',
    (wire, dice) =>
      bytesOf(
        withHeader(
          measured(wire),
          `Upgrade: ${dice.pick(['websocket', 'h2c', 'TLS/1.0'])}`,
          'Connection: Upgrade',
        ),
      ),
  ],
  [
    'empty lines first',
    'either',
    (wire) => Buffer.concat([Buffer.from(CRLF + CRLF), bytesOf(measured(wire))]),
  ],
];

// The first request is complete and valid, so it is judged as one that a client sent; the second is a different one.
const PIPELINED: Row = [
  'another request right behind it',
  'either',
  (wire) =>
    Buffer.concat([
      bytesOf(measured(wire), { close: false }),
      Buffer.from(`GET /healthz HTTP/1.1${CRLF}Host: localhost${CRLF}Connection: close${CRLF}${CRLF}`),
    ]),
];

function toMutator([name, expectation, spoil]: Row, fits: (draft: Draft) => boolean): Mutator {
  return {
    name,
    fits,
    apply: (draft, { dice }) => {
      draft.bytes = spoil(toWire(toRequest(draft)), dice);
      // A line of other bytes may lead anywhere.
      draft.isAddressed = false;
      expect(draft, expectation);
    },
  };
}

const hasBytes = (draft: Draft) => hasBody(draft) && draft.body !== undefined;

export const RAW_MUTATORS: readonly Mutator[] = [
  ...BODY_ROWS.map((row) => toMutator(row, hasBytes)),
  ...[...HEAD_ROWS, PIPELINED].map((row) => toMutator(row, always)),
];
