import { expect, test } from '@jest/globals';
import pg from 'pg';

import { isRetryable, TerminalError, toFailure, UnavailableError } from './failure.ts';

function serverError(code: string): Error {
  const error = new pg.DatabaseError('it failed', 1, 'error');
  error.code = code;
  return error;
}

test.each([
  ['40001', 'again'],
  ['40P01', 'again'],
  ['23505', 'again'],
  ['55P03', 'busy'],
  ['57014', 'busy'],
  ['25P03', 'unavailable'],
  ['57P01', 'unavailable'],
  ['08006', 'unavailable'],
  ['53300', 'unavailable'],
  ['42P01', 'broken'],
  ['42501', 'broken'],
  ['XX000', 'broken'],
  ['ZZZZZ', 'broken'],
])('SQLSTATE %s means %s and can be retried', (code, meaning) => {
  const failure = toFailure(serverError(code));
  expect(failure).toMatchObject({ meaning, sqlState: code });
  expect(isRetryable(failure)).toBe(true);
});

test.each([
  ['22021', 'refused'],
  ['23514', 'refused'],
  ['23502', 'refused'],
  ['54000', 'refused'],
  ['23P01', 'overlap'],
])('SQLSTATE %s means %s and is terminal', (code, meaning) => {
  const failure = toFailure(serverError(code));
  expect(failure).toMatchObject({ meaning, sqlState: code });
  expect(failure).toBeInstanceOf(TerminalError);
  expect(isRetryable(failure)).toBe(false);
});

test('a driver error without a SQLSTATE is a lost connection, with the error as its cause', () => {
  const cause = new Error('Connection terminated unexpectedly');
  const failure = toFailure(cause);
  expect(failure).toBeInstanceOf(UnavailableError);
  expect(failure).toMatchObject({ cause, sqlState: undefined });
  expect(toFailure(failure)).toBe(failure);
});

test('a programming error is returned unchanged and is not retryable', () => {
  const error = new TypeError('undefined is not a function');
  expect(toFailure(error)).toBe(error);
  expect(isRetryable(error)).toBe(false);
});
