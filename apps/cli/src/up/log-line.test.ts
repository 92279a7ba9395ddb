import { expect, test } from '@jest/globals';
import { formatLogLine, makePaint } from './log-line.ts';

const plain = makePaint(false);
const record = { level: 40, time: 0, app: 'api', pid: 1, hostname: 'h', msg: 'Redis is away', retryMs: 20 };

test('a log record becomes one line with time, app, level, message and the rest', () => {
  expect(formatLogLine('api', JSON.stringify(record), plain)).toMatch(
    /^\d\d:\d\d:\d\d api {7}warn {2}Redis is away retryMs=20$/,
  );
});

test('an error is shown with its causes and without its stack', () => {
  const err = { type: 'Error', message: 'no', stack: 'Error: no\n at x', cause: { message: 'refused' } };
  const line = formatLogLine('worker', JSON.stringify({ ...record, err }), plain);
  expect(line).toContain('Redis is away: no: refused');
  expect(line).not.toContain('at x');
});

test('a line that is not a log record is shown unchanged', () => {
  expect(formatLogLine('api', '{ half', plain)).toBe('api       { half');
});

test('colour is used only when it is enabled', () => {
  const line = JSON.stringify(record);
  expect(formatLogLine('api', line, makePaint(true))).toContain('\u001B[');
  expect(formatLogLine('api', line, plain)).not.toContain('\u001B[');
});
