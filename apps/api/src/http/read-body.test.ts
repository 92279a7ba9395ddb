// Bodies as received: complete, in chunks, with and without a length, too large, compressed, truncated.

import { once } from 'node:events';
import { createServer, request as ask, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import express, { type NextFunction, type Request, type Response } from 'express';
import { ProblemError } from './problem-error.ts';
import { jsonBody, readBody } from './read-body.ts';

const LIMIT = 10;
const NOTHING = 'nothing';

let server: Server;
/** The problem of the last request that was read to its end. */
let untilRefused: PromiseWithResolvers<unknown>;

beforeAll(async () => {
  const app = express();
  app.all('/json', readBody(LIMIT), (req, res) => void res.json(jsonBody(req)));
  app.all('/', readBody(LIMIT), (req, res) => void res.send(shown(req.body)));
  app.use((error: unknown, _req: Request, res: Response, _next: NextFunction) => {
    untilRefused.resolve(error);
    res.status(400).send(error instanceof ProblemError ? error.code : String(error));
  });
  untilRefused = Promise.withResolvers();
  server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function shown(body: unknown): string {
  return Buffer.isBuffer(body) ? `${body.length}: ${body.toString('latin1')}` : NOTHING;
}

function open(headers: Readonly<Record<string, string>>, path = '/') {
  const { port } = server.address() as AddressInfo;
  // Without a Content-Length header, Node's client sends a length of 0 with a POST, and none with a DELETE.
  const method = 'Content-Length' in headers || 'Transfer-Encoding' in headers ? 'POST' : 'DELETE';
  return ask({ port, host: '127.0.0.1', method, path, headers });
}

async function send(headers: Readonly<Record<string, string>>, pieces: readonly string[], path = '/') {
  const sending = open(headers, path);
  const answered = once(sending, 'response') as Promise<[IncomingMessage]>;
  for (const piece of pieces) await new Promise((resolve) => sending.write(piece, resolve));
  sending.end();
  const [answer] = await answered;
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  return text;
}

const CHUNKED = { 'Transfer-Encoding': 'chunked' };

describe('a body', () => {
  it.each<[string, Record<string, string>, string[], string]>([
    ['with a length', { 'Content-Length': '3' }, ['abc'], '3: abc'],
    ['with a length, in pieces', { 'Content-Length': '3' }, ['a', 'b', 'c'], '3: abc'],
    ['in chunks', CHUNKED, ['ab', 'c'], '3: abc'],
    ['as large as it may be', CHUNKED, ['12345', '67890'], '10: 1234567890'],
    ['of no bytes', { 'Content-Length': '0' }, [], '0: '],
    ['of no chunks', CHUNKED, [], '0: '],
    [
      'that says it is not compressed',
      { 'Content-Length': '1', 'Content-Encoding': 'Identity' },
      ['a'],
      '1: a',
    ],
    ['that is too large by its length', { 'Content-Length': '11' }, ['12345678901'], 'body-too-large'],
    ['that turns out too large', CHUNKED, ['12345', '67890', '1', '2'], 'body-too-large'],
    [
      'that is compressed',
      { 'Content-Length': '1', 'Content-Encoding': 'gzip' },
      ['a'],
      'unsupported-media-type',
    ],
  ])('%s', async (_what, headers, pieces, expected) => {
    expect(await send(headers, pieces)).toBe(expected);
  });

  it('that is absent stays absent', async () => {
    expect(await send({}, [])).toBe(NOTHING);
  });

  it('that is truncated is refused, and its part is not processed', async () => {
    untilRefused = Promise.withResolvers();
    const sending = open({ 'Content-Length': '3' });
    sending.on('error', () => undefined);
    await new Promise((resolve) => sending.write('ab', resolve));
    sending.destroy();
    expect(await untilRefused.promise).toMatchObject({ code: 'malformed-json' });
  });
});

describe('a JSON body', () => {
  it.each([
    ['application/json', '[1]'],
    ['application/json; charset=utf-8', '[1]'],
    ['Application/JSON', '[1]'],
    ['application/cloudevents+json', '[1]'],
    ['text/plain', 'unsupported-media-type'],
    ['application/jsonl', 'unsupported-media-type'],
    ['json', 'unsupported-media-type'],
  ])('of the type %s', async (type, expected) => {
    const headers = { 'Content-Type': type, 'Content-Length': '3' };
    expect(await send(headers, ['[1]'], '/json')).toBe(expected);
  });

  it('that is absent has no content type', async () => {
    const sent = send({ 'Content-Type': 'application/json' }, [], '/json');
    expect(await sent).toBe('unsupported-media-type');
  });
});
