import { expect, it } from '@jest/globals';
import { createInFlight } from './in-flight.ts';

it('counts a call until it settles, however it does', async () => {
  const inFlight = createInFlight();
  const ends: { resolve(): void; reject(error: Error): void }[] = [];
  const run = inFlight.counted(
    () => new Promise<void>((resolve, reject) => void ends.push({ resolve, reject })),
  );
  const calls = [run(), run()];
  expect(inFlight.count()).toBe(2);
  ends[0]?.resolve();
  await calls[0];
  expect(inFlight.count()).toBe(1);
  ends[1]?.reject(new Error('away'));
  await expect(calls[1]).rejects.toThrow('away');
  expect(inFlight.count()).toBe(0);
});
