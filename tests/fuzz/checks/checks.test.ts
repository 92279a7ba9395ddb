// Whether the fuzzer can see: answers, stores and streams with planted defects, each of which has to be found, beside
// the same without the defect, in which nothing may be.

import { describe, expect, it } from '@jest/globals';
import { openApiDocument } from '@slotline/contract';
import { operationsOf, type OpenApi, type Operation } from '../document/api-document.ts';
import { compileValidators } from '../document/validators.ts';
import type { Answer } from '../http/exchange.ts';
import { checkAnswer, type Asked } from './check-answer.ts';
import { checkEvents } from './check-events.ts';
import { findMiscounts, findTraces } from './check-stores.ts';
import { Ledger } from './ledger.ts';

const document = JSON.parse(JSON.stringify(openApiDocument())) as OpenApi;
const validators = compileValidators(document);
const operations = new Map(operationsOf(document, 'http://127.0.0.1').map((one) => [one.id, one]));

function operation(id: string): Operation {
  const found = operations.get(id);
  if (found === undefined) throw new Error(`there is no ${id}`);
  return found;
}

const TRACE = '0123456789abcdef0123456789abcdef';
const REQUEST_ID = '0199a0a0-0000-7000-8000-000000000001';
const REQUEST = {
  requestId: REQUEST_ID,
  orgId: 'acme',
  appointmentId: '42',
  operation: 'book',
  status: 'queued',
  acceptedAt: '2030-10-10T20:20:00.000Z',
  links: { self: `/api/requests/${REQUEST_ID}` },
};
const INVALID = {
  type: 'urn:slotline:problem:invalid-request',
  title: 'Some fields are invalid',
  status: 400,
  instance: TRACE,
};

function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  const all = { 'content-type': `${type}; charset=utf-8`, ...headers };
  return { status, headers: all, body: Buffer.from(JSON.stringify(body)), tookMs: 1 };
}

function breachesOf(answer: Answer, asked: Partial<Asked> = {}): string[] {
  const whole = {
    operation: operation('bookAppointment'),
    method: 'POST',
    expectation: 'either',
    ...asked,
  } as const;
  return checkAnswer(whole, answer, validators).map(({ check }) => check);
}

describe('an answer without defects', () => {
  it.each<[string, Answer, Partial<Asked>]>([
    ['accepted', json(202, REQUEST), { expectation: 'accepted' }],
    ['refused', json(400, INVALID), { expectation: 'refused' }],
    [
      'nothing',
      { ...json(204, ''), body: Buffer.alloc(0) },
      { operation: operation('deleteEndpoint'), method: 'DELETE' },
    ],
    [
      'a method that is not there',
      json(
        405,
        {
          ...INVALID,
          status: 405,
          type: 'urn:slotline:problem:method-not-allowed',
          title: 'Method not allowed for this endpoint',
        },
        { allow: 'GET, HEAD, POST' },
      ),
      { method: 'PUT' },
    ],
    [
      'bytes that are no HTTP',
      { status: 400, headers: {}, body: Buffer.alloc(0), tookMs: 1 },
      { operation: undefined, expectation: 'broken' },
    ],
  ])('that is %s has no breach', (_what, answer, asked) => {
    expect(breachesOf(answer, asked)).toEqual([]);
  });
});

describe('a planted defect is found:', () => {
  it.each<[string, string, Answer, Partial<Asked>]>([
    ['a 5xx', 'no 5xx', json(500, { ...INVALID, status: 500 }), {}],
    ['a status that is not documented', 'the status is documented', json(207, REQUEST), {}],
    [
      'a type that is not documented',
      'the content type is documented',
      json(202, REQUEST, { 'content-type': 'text/plain' }),
      {},
    ],
    [
      'a member that is not documented',
      'the body matches its schema',
      json(202, { ...REQUEST, sealedSecret: 'x' }),
      {},
    ],
    [
      'a member that is missing',
      'the body matches its schema',
      json(202, { ...REQUEST, orgId: undefined }),
      {},
    ],
    [
      'a time that is none',
      'the body matches its schema',
      json(202, { ...REQUEST, acceptedAt: 'yesterday' }),
      {},
    ],
    ['valid input refused', 'valid input is accepted', json(400, INVALID), { expectation: 'accepted' }],
    ['invalid input taken', 'invalid input is refused', json(202, REQUEST), { expectation: 'refused' }],
    [
      'a code that is not known',
      'problem codes are known',
      json(400, { ...INVALID, type: 'about:blank' }),
      {},
    ],
    ['the status of another code', 'a problem has the status of its code', json(413, INVALID), {}],
    ['another title', 'a problem has the title of its code', json(400, { ...INVALID, title: 'Oops' }), {}],
    ['no trace id', 'a problem names its trace', json(400, { ...INVALID, instance: '/x' }), {}],
    [
      'a refusal without a document',
      'refusals are problem documents',
      { ...json(400, ''), headers: {}, body: Buffer.from('Bad Request') },
      {},
    ],
    [
      'a stack trace',
      'no internals in bodies',
      json(400, { ...INVALID, detail: 'at parse (file.ts:10:3)' }),
      {},
    ],
    [
      'an error of a store',
      'no internals in bodies',
      json(400, { ...INVALID, detail: 'connect ECONNREFUSED' }),
      {},
    ],
    ['what serves it', 'no x-powered-by', json(202, REQUEST, { 'x-powered-by': 'Express' }), {}],
    [
      'a 405 without Allow',
      'the header that the status needs is there',
      json(405, INVALID),
      { method: 'PUT' },
    ],
    [
      'a 405 with other methods',
      'Allow names the methods of the document',
      json(405, INVALID, { allow: 'GET' }),
      { method: 'PUT' },
    ],
    ['a 401 without a challenge', 'the header that the status needs is there', json(401, INVALID), {}],
    ['a 429 without a time', 'the header that the status needs is there', json(429, INVALID), {}],
    ['JSON that is none', 'JSON is JSON', { ...json(202, REQUEST), body: Buffer.from('{') }, {}],
    [
      'a body where none belongs',
      'no body where none is documented',
      json(204, {}),
      { operation: operation('deleteEndpoint'), method: 'DELETE' },
    ],
    ['a stranger let in', 'a client without permission is refused', json(202, REQUEST), { owedStatus: 401 }],
  ])('%s', (_what, check, answer, asked) => {
    expect(breachesOf(answer, asked)).toContain(check);
  });
});

describe('streams', () => {
  it('are made of events', () => {
    expect(checkEvents('retry: 1000\n\n: beat\n\nid: 1\nevent: change\ndata: {}\n\nid: 2\nev')).toEqual([]);
    expect(checkEvents('id: 1\nevent: change\ndata: {\n\n')).toHaveLength(1);
    expect(checkEvents('{"id":1}\n\n')).toHaveLength(1);
  });
});

describe('the books', () => {
  const answered = (answer: Answer) => ({ kind: 'answered', answers: [answer] }) as const;
  const kept = () => {
    const ledger = new Ledger();
    ledger.note(['c4n-1-0.'], answered(json(202, REQUEST)), 1);
    ledger.note(['c4n-2-0.'], answered(json(400, INVALID)), 2);
    ledger.note(['c4n-3-0.', 'c4n-3-1.'], answered(json(202, [{ ...REQUEST, requestId: 'b' }, INVALID])), 3);
    ledger.note(['c4n-4-0.'], { kind: 'closed' }, 4);
    return ledger;
  };
  const decided = new Map([
    [REQUEST_ID, 'c4n-1-0.'],
    ['b', 'c4n-3-0.'],
    ['unread', 'c4n-4-0.'],
  ]);

  it('agree with stores that have what was accepted, once, and nothing that was refused', () => {
    expect(findTraces(kept(), 'Redis', new Set(['c4n-1-0.', 'c4n-3-0.', 'c4n-4-0.']))).toEqual([]);
    expect(findMiscounts(kept(), decided)).toEqual([]);
  });

  it('find the trace of a refused request, and of a refused item of a batch', () => {
    expect(findTraces(kept(), 'Redis', new Set(['c4n-2-0.']))).toHaveLength(1);
    expect(findTraces(kept(), 'PostgreSQL', new Set(['c4n-3-1.']))[0]?.detail).toContain('c4n-3-1.');
  });

  it('find what was accepted and never decided, and what was decided and never accepted', () => {
    expect(findMiscounts(kept(), new Map([...decided].slice(1)))[0]?.detail).toContain(REQUEST_ID);
    expect(findMiscounts(kept(), new Map([...decided, ['stray', 'c4n-2-0.']]))[0]?.detail).toContain('stray');
  });
});
