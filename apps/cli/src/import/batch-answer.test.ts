import { describe, expect, test } from '@jest/globals';
import { readBatchAnswer } from './batch-answer.ts';

function raw(status: number, body: unknown) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, body: text, retryAfter: undefined, isReplayed: false };
}

const decided = { requestId: '1', status: 'completed', outcome: { kind: 'created', version: 1 } };
const queued = { requestId: '2', status: 'queued', place: 3 };
const refused = {
  title: 'Some fields are invalid',
  status: 400,
  errors: [{ pointer: '/2/start', code: 'invalid', detail: 'not a time' }],
};

describe('the answer to a batch', () => {
  test('gives every line its outcome, its refusal or `pending`, in order', () => {
    expect(readBatchAnswer(raw(202, [decided, queued, refused]), 3)).toEqual({
      kind: 'accepted',
      items: [
        { kind: 'decided', outcome: 'created' },
        { kind: 'pending' },
        { kind: 'refused', reason: '/start: not a time' },
      ],
    });
  });

  test('may have its entries in `items`', () => {
    expect(readBatchAnswer(raw(200, { items: [decided] }), 1)).toMatchObject({ kind: 'accepted' });
  });

  test('is unknown when it is truncated, has another length, or cannot be interpreted', () => {
    const bodies = ['[{"requestId"', [decided], {}, [decided, 'what?'], [decided, { title: 'no status' }]];
    for (const body of bodies) expect(readBatchAnswer(raw(200, body), 2).kind).toBe('unknown');
  });

  test('is unknown when one entry reports a failure of the service', () => {
    const entry = { status: 503, title: 'The service is temporarily unavailable' };
    expect(readBatchAnswer(raw(202, [decided, entry]), 2)).toEqual({ kind: 'unknown', reason: entry.title });
  });

  test('with 400 refuses every line, each with its own reasons', () => {
    const errors = [
      { pointer: '/0/start', detail: 'not a time' },
      { pointer: '/1', detail: 'not an object' },
      { pointer: '/0/end', code: 'missing' },
    ];
    expect(readBatchAnswer(raw(400, { status: 400, title: 'Invalid', errors }), 3)).toEqual({
      kind: 'accepted',
      items: [
        { kind: 'refused', reason: '/start: not a time; /end: missing' },
        { kind: 'refused', reason: 'not an object' },
        { kind: 'refused', reason: 'Invalid' },
      ],
    });
  });

  test('with 400 and a problem for every item refuses them one by one', () => {
    const body = {
      status: 400,
      title: 'Every item of the batch was refused',
      items: [refused, refused, refused],
    };
    expect(readBatchAnswer(raw(400, body), 3)).toMatchObject({
      kind: 'accepted',
      items: [{}, {}, { kind: 'refused', reason: '/start: not a time' }],
    });
  });

  test.each([
    [422, 'accepted'],
    [429, 'busy'],
    [408, 'unknown'],
    [500, 'unknown'],
    [503, 'unknown'],
    [301, 'hopeless'],
    [401, 'hopeless'],
    [404, 'hopeless'],
    [413, 'hopeless'],
  ])('with %i is %s', (status, kind) => {
    expect(readBatchAnswer(raw(status, { status, title: 'No' }), 1).kind).toBe(kind);
  });
});
