import { expect, it } from '@jest/globals';
import type { Request } from 'express';
import { createNoteRefused } from './note-refused.ts';

it('logs at most one refusal a second, with its client address and the count since the last line', () => {
  const lines: unknown[] = [];
  let now = 0;
  const note = createNoteRefused({ warn: (fields: object) => void lines.push(fields) }, () => now);
  const from = (ip: string) => ({ ip, headers: {} }) as Request;
  note(from('192.0.2.1'));
  for (now of [1, 500, 999]) note(from('192.0.2.2'));
  now = 1_000;
  note(from('192.0.2.3'), 'the token names no org');
  expect(lines).toEqual([
    { ip: '192.0.2.1', count: 1, traceId: expect.any(String) },
    { ip: '192.0.2.3', count: 4, reason: 'the token names no org', traceId: expect.any(String) },
  ]);
});
