import { expect, it } from '@jest/globals';
import { createLogger } from './create-logger.ts';
import { CAUSES_LOGGED_MAX } from './describe-error.ts';

type Described = { type: string; message: string; code?: string; stack?: string; cause?: Described };

function logged(error: unknown): { text: string; err: Described } {
  let text = '';
  const destination = { write: (line: string) => void (text += line) };
  createLogger({ app: 'test', level: 'info', destination }).warn({ err: error }, 'it failed');
  return { text, err: (JSON.parse(text) as { err: Described }).err };
}

it('an error is logged by type, message, code and stack, and by nothing that a driver hung on it', () => {
  const error = Object.assign(new TypeError('it broke'), {
    code: '23505',
    query: 'insert canary',
    parameters: ['canary'],
    detail: 'Key (id)=(canary) already exists.',
    command: { name: 'set', args: ['canary'] },
  });
  const { text, err } = logged(error);
  expect(Object.keys(err).sort()).toEqual(['code', 'message', 'stack', 'type']);
  expect(err).toMatchObject({ type: 'TypeError', message: 'it broke', code: '23505' });
  expect(text).not.toContain('canary');
});

it('causes are described alike', () => {
  const cause = Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED', address: 'canary' });
  const { text, err } = logged(new Error('cannot read', { cause }));
  expect(err.cause).toMatchObject({ type: 'Error', message: 'connection refused', code: 'ECONNREFUSED' });
  expect(text).not.toContain('canary');
});

it(`causes are followed ${CAUSES_LOGGED_MAX} deep, round in a circle too`, () => {
  const error = new Error('round');
  error.cause = error;
  const { err } = logged(error);
  const depthOf = (one: Described): number => (one.cause === undefined ? 0 : 1 + depthOf(one.cause));
  expect(depthOf(err)).toBe(CAUSES_LOGGED_MAX);
});

it.each([
  ['a text', { type: 'string', message: 'a text' }],
  [undefined, undefined],
  [null, { type: 'object', message: 'null' }],
])('what was thrown and is no error, %j, is logged all the same', (thrown, described) => {
  expect(logged(thrown).err).toEqual(described);
});

it('a cause that is no error is named', () => {
  expect(logged(new Error('x', { cause: 'a text' })).err.cause).toEqual({
    type: 'string',
    message: 'a text',
  });
});

it('a line is one line, whatever an error says', () => {
  const { text } = logged(new Error('first\nsecond\u2028{"level":60}'));
  expect(text.trimEnd().split('\n')).toHaveLength(1);
});

it('fields that are not on the allow-list are left out, and their names are logged', () => {
  let text = '';
  const destination = { write: (line: string) => void (text += line) };
  const logger = createLogger({ app: 'test', level: 'trace', destination });
  logger.info({ orgId: 'acme', body: 'canary', headers: { authorization: 'canary' } }, 'first');
  logger.trace({ requestId: 'r', url: 'canary', metadata: 'canary' }, 'second');
  const [first, second] = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(first).toMatchObject({ app: 'test', orgId: 'acme', msg: 'first', dropped: ['body', 'headers'] });
  expect(second).toMatchObject({ requestId: 'r', msg: 'second', dropped: ['url', 'metadata'] });
  expect(text).not.toContain('canary');
});

it('an error in any allowed field is described, and lists and depths are bounded', () => {
  let text = '';
  const destination = { write: (line: string) => void (text += line) };
  const cause = Object.assign(new Error('no'), { command: { args: ['canary'] } });
  const deep = { a: { b: { c: { d: 'canary' } } } };
  createLogger({ app: 'test', level: 'info', destination }).info(
    { cause, alarm: deep, orgIds: Array.from({ length: 1_000 }, (_, at) => `org-${at}`), count: 7n },
    'all',
  );
  const line = JSON.parse(text) as { cause: object; orgIds: string[]; count: string };
  expect(line.cause).toMatchObject({ type: 'Error', message: 'no' });
  expect([line.orgIds.length, line.count]).toEqual([20, '7']);
  expect(text).not.toContain('canary');
});

it('messages that quote what was sent are logged without the quotation', () => {
  const json = (text: string) => {
    try {
      return JSON.parse(text) as unknown;
    } catch (error) {
      return error;
    }
  };
  for (const broken of ['{"a": canary}', 'canary', '{"canary": "canary']) {
    expect(logged(json(broken)).text).not.toContain('canary');
  }
  const refused = Object.assign(new Error('invalid input syntax for type integer: "canary"'), {
    code: '22P02',
    severity: 'ERROR',
  });
  const ours = Object.assign(new Error(refused.message, { cause: refused }), { sqlState: '22P02' });
  expect(logged(ours).text).not.toContain('canary');
  expect(logged(ours).err.message).toBe('invalid input syntax for type integer: "…"');
  const named = Object.assign(new Error('duplicate key value violates unique constraint "requests_pkey"'), {
    code: '23505',
    severity: 'ERROR',
    detail: 'Key (id)=(canary) already exists.',
    where: 'canary',
  });
  expect(logged(named).err.message).toContain('"requests_pkey"');
  expect(logged(named).text).not.toContain('canary');
});
