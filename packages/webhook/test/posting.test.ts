// What receivers can do to a post: the whole of it over real sockets, and never more than an answer.

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { newSecret, openPoster, signHeaders, type Answer, type Poster } from '../src/index.ts';
import {
  answering,
  flooding,
  hanging,
  OK,
  openReceiver,
  until,
  type Behaviour,
  type Receiver,
} from './receivers.ts';

const PRIVATE = { allowPrivate: true, ports: [] };
const CLOSED_EARLY = 'the connection was closed before the answer was complete';

const receivers: Receiver[] = [];
let poster: Poster;
let hurried: Poster;

beforeAll(() => {
  poster = openPoster({ policy: PRIVATE });
  hurried = openPoster({ policy: PRIVATE, timeoutMs: 1_000 });
});

afterAll(async () => {
  await poster.close();
  await hurried.close();
});

afterEach(async () => {
  for (const receiver of receivers.splice(0)) await receiver.close();
});

async function receiver(behaviour: Behaviour): Promise<Receiver> {
  const opened = await openReceiver(behaviour);
  receivers.push(opened);
  return opened;
}

async function postTo(behaviour: Behaviour, by: Poster = poster): Promise<Answer> {
  const { origin } = await receiver(behaviour);
  return by.post({ url: `${origin}/hook`, headers: {}, body: '{}' });
}

const chunked = (rest: string): string => `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${rest}`;

describe('a post', () => {
  test('arrives byte for byte as it was signed', async () => {
    const { origin, received } = await receiver(answering(OK));
    const secret = newSecret();
    const body = '{"type":"ping","data":{"name":"größer 東京 🙂"}}';
    const headers = signHeaders({ webhookId: 'msg_1', sentAt: new Date(), body, secrets: [secret] });
    expect(await poster.post({ url: origin, headers, body })).toMatchObject({ status: 200, body: 'ok' });
    const [head = '', ...rest] = Buffer.from(received(), 'latin1').toString('utf8').split('\r\n\r\n');
    const arrived = Object.fromEntries(
      head
        .split('\r\n')
        .slice(1)
        .map((line) => line.split(': ') as [string, string]),
    );
    expect(new Webhook(secret).verify(rest.join('\r\n\r\n'), arrived)).toEqual(JSON.parse(body));
    expect(arrived).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'Slotline-Webhooks/1',
      'content-length': String(Buffer.byteLength(body)),
      connection: 'close',
    });
  });

  test('keeps of the answer its status, its wish to wait and the beginning of its body', async () => {
    const answer =
      'HTTP/1.1 429 Slow\r\nretry-after: 7\r\nset-cookie: a=b\r\ncontent-length: 4\r\n\r\nno\r\n';
    expect(await postTo(answering(answer))).toEqual({
      kind: 'answered',
      status: 429,
      retryAfterMs: 7_000,
      body: 'no��',
      tookMs: expect.any(Number),
    });
  });

  test.each([
    ['without a body', 'HTTP/1.1 204 No Content\r\n\r\n', 204, ''],
    ['with a body until the end', 'HTTP/1.1 200 OK\r\n\r\nhello', 200, 'hello'],
    ['in chunks', chunked('5\r\nhello\r\n0\r\n\r\n'), 200, 'hello'],
    ['with trailers', chunked('2\r\nhi\r\n0\r\nretry-after: 5\r\n\r\n'), 200, 'hi'],
    ['after an interim one', `HTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\n${OK}`, 200, 'ok'],
    ['with the wish to be left alone', 'HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n', 410, ''],
    [
      'with nonsense to wait for',
      'HTTP/1.1 503 x\r\nretry-after: soon\r\ncontent-length: 0\r\n\r\n',
      503,
      '',
    ],
    ['with two wishes', 'HTTP/1.1 503 x\r\nretry-after: 1\r\nretry-after: 2\r\n\r\n', 503, ''],
  ])('reads an answer %s', async (_, answer, status, body) => {
    expect(await postTo(answering(answer))).toEqual({
      kind: 'answered',
      status,
      body,
      tookMs: expect.any(Number),
    });
  });

  test('takes an answer that comes before the request', async () => {
    expect(await postTo((socket) => void socket.write(OK))).toMatchObject({ status: 200, body: 'ok' });
  });
});

describe('a receiver that keeps silent or is slow', () => {
  test('and takes everything is given up', async () => {
    expect(await postTo(hanging, hurried)).toMatchObject({
      reason: 'timeout',
      detail: 'not done after 1 s: waiting for the answer',
    });
  });

  test.each([
    ['its head', 'waiting for the answer', 'HTTP/1.1 200 OK\r\n', 'a: b\r\n'],
    ['interim answers', 'waiting for the answer', '', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
    ['its body', 'reading the answer', 'HTTP/1.1 200 OK\r\n\r\n', 'x'],
    ['its chunks', 'reading the answer', chunked(''), '1\r\nx\r\n'],
  ])('and drips %s is given up, however often it drips', async (_, stage, beginning, drop) => {
    const dripping: Behaviour = (socket) => {
      socket.once('data', () => {
        socket.write(beginning);
        const dripper = setInterval(() => socket.write(drop), 10);
        socket.once('close', () => clearInterval(dripper));
      });
    };
    expect(await postTo(dripping, hurried)).toMatchObject({
      reason: 'timeout',
      detail: `not done after 1 s: ${stage}`,
    });
    await until(() => receivers.every(({ open }) => open() === 0));
  });
});

describe('a receiver without end', () => {
  test.each([
    ['body', 'HTTP/1.1 200 OK\r\n\r\n', 'x'.repeat(10_000)],
    [
      'body of a length that is no number we could keep',
      'HTTP/1.1 200 OK\r\ncontent-length: 9007199254740991\r\n\r\n',
      'x'.repeat(10_000),
    ],
    ['row of tiny chunks', chunked(''), '1\r\nx\r\n'.repeat(1_000)],
  ])('of its %s has answered; no more of it is read', async (_, beginning, again) => {
    expect(await postTo(flooding(beginning, again))).toMatchObject({ status: 200, body: 'x'.repeat(1_000) });
    await until(() => receivers.every(({ open }) => open() === 0));
  });

  test.each([
    ['headers', 'the head of the answer is too long', 'HTTP/1.1 200 OK\r\n', 'a: b\r\n'.repeat(1_000)],
    ['header', 'the head of the answer is too long', 'HTTP/1.1 200 OK\r\na: ', 'x'.repeat(10_000)],
    ['name of a header', 'the head of the answer is too long', 'HTTP/1.1 200 OK\r\n', 'x'.repeat(10_000)],
    ['trailers', 'the head of the answer is too long', chunked('0\r\n'), 'a: b\r\n'.repeat(1_000)],
    ['reason', 'the answer has no end', 'HTTP/1.1 200 ', 'x'.repeat(10_000)],
    ['chunk extension', 'the answer has no end', chunked('1;a='), 'x'.repeat(10_000)],
    ['row of interim answers', 'the answer has no end', '', 'HTTP/1.1 103 x\r\n\r\n'.repeat(100)],
  ])('of its %s fails: %s', async (_, detail, beginning, again) => {
    expect(await postTo(flooding(beginning, again))).toMatchObject({ reason: 'protocol', detail });
    await until(() => receivers.every(({ open }) => open() === 0));
  });
});

const TWO_LENGTHS = 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nhi';

describe('a receiver that breaks off or talks nonsense', () => {
  const cutting: Behaviour = (socket) => void socket.once('data', () => socket.resetAndDestroy());

  test.each<[string, string, Behaviour]>([
    ['closes at once', CLOSED_EARLY, (socket) => void socket.destroy()],
    ['ends at once', CLOSED_EARLY, (socket) => void socket.end()],
    ['resets', CLOSED_EARLY, cutting],
    ['ends in its head', CLOSED_EARLY, answering('HTTP/1.1 200 OK\r\ncontent-le')],
    ['ends before its length', CLOSED_EARLY, answering('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhi')],
    ['ends in a chunk', CLOSED_EARLY, answering(chunked('5\r\nhi'))],
    ['contradicts itself about its length', CLOSED_EARLY, answering(TWO_LENGTHS)],
    ['ends between chunks', CLOSED_EARLY, answering(chunked('2\r\nhi\r\n'))],
  ])('and %s has not answered', async (_, detail, behaviour) => {
    expect(await postTo(behaviour)).toMatchObject({ kind: 'failed', reason: 'connection', detail });
  });

  test.each([
    ['is no HTTP', 'hello\r\n\r\n'],
    ['is another protocol', '220 mail.example.com ESMTP\r\n'],
    ['is HTTP/2', '\0\0\x12\x04\0\0\0\0\0'],
    ['has a length that is none', 'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\nhi'],
    ['switches the protocol', 'HTTP/1.1 101 x\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n'],
    ['is 100 Continue', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ])('and gets an answer that %s fails', async (_, answer) => {
    expect(await postTo(answering(answer))).toMatchObject({ kind: 'failed', reason: 'protocol' });
  });

  test('whatever it says, a post comes to an answer and the process lives', async () => {
    let said: Uint8Array = new Uint8Array();
    const { origin } = await receiver((socket) => void socket.once('data', () => socket.end(said)));
    const part = fc.constantFrom(
      'HTTP/1.1 ',
      '200',
      '204',
      '304',
      '100',
      '103',
      '101',
      ' OK',
      '\r\n',
      '\r\n\r\n',
      'content-length: ',
      '5',
      'transfer-encoding: chunked',
      'connection: close',
      'retry-after: ',
      'x'.repeat(20_000),
      '0\r\n\r\n',
      '\0',
      ': ',
      'é',
    );
    const speech = fc.oneof(
      fc.array(part, { maxLength: 20 }).map((parts) => new TextEncoder().encode(parts.join(''))),
      fc
        .array(part, { maxLength: 10 })
        .map((parts) => new TextEncoder().encode(`HTTP/1.1 200 OK\r\n${parts.join('')}`)),
      fc.uint8Array({ maxLength: 500 }),
    );
    await fc.assert(
      fc.asyncProperty(speech, async (bytes) => {
        said = bytes;
        const answer = await poster.post({ url: origin, headers: {}, body: '{}' });
        if (answer.kind === 'answered') expect(answer.status).toBeGreaterThanOrEqual(200);
        else expect(['connection', 'protocol']).toContain(answer.reason);
      }),
      { numRuns: 300 },
    );
  });

  test('is not blamed for a request that cannot be written', async () => {
    const { origin, accepted } = await receiver(answering(OK));
    const answer = await poster.post({ url: origin, headers: { 'bad name': 'x' }, body: '{}' });
    expect(answer).toMatchObject({ reason: 'protocol', detail: 'the request cannot be written' });
    expect(accepted()).toBe(0);
  });
});
