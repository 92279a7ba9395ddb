import { expect, it } from '@jest/globals';
import { CAUSES_LOGGED_MAX, createLogger } from './create-logger.ts';

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
