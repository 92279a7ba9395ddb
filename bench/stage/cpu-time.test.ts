import { expect, test } from '@jest/globals';

import {
  cpuMicrosecondsOf,
  cpuOfFamilyMicroseconds,
  cpuOfThreadsMicroseconds,
  readCpuMicroseconds,
} from './cpu-time.ts';

test('user and system time are added up, whatever the process is called', () => {
  const stat = '42 (a) b (c) S 1 42 42 0 -1 4194560 100 0 3 0 250 50 7 8 20 0 11 0 12345 1 2';
  expect(readCpuMicroseconds(stat)).toBe(3_000_000);
});

test('this process has used some', async () => {
  expect(await cpuMicrosecondsOf(process.pid)).toBeGreaterThan(0);
});

test('the threads of a process are counted, and with them the children that have ended', async () => {
  const [threads, family] = [
    await cpuOfThreadsMicroseconds(process.pid),
    await cpuOfFamilyMicroseconds(process.pid),
  ];
  expect(threads).toBeGreaterThan(0);
  expect(family).toBeGreaterThan(threads);
});
