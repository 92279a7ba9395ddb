import { expect, it } from '@jest/globals';
import { closeInOrder, type ClosingStep } from './close-in-order.ts';
import { createLogger, type Logger } from './create-logger.ts';

function listen(): { logger: Logger; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const destination = {
    write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>),
  };
  return { logger: createLogger({ app: 'test', level: 'info', destination }), lines };
}

it('each step begins when the one before it has ended', async () => {
  const seen: string[] = [];
  const step = (name: string): ClosingStep => ({
    name,
    close: async () => {
      seen.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(`${name} ends`);
    },
  });
  const { logger, lines } = listen();
  expect(await closeInOrder([step('a'), step('b')], { deadlineMs: 60_000, logger })).toBe(true);
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  expect(lines).toEqual([]);
});

it('a step that throws or rejects makes the close unclean, is logged by name, and the others are closed', async () => {
  const closed: string[] = [];
  const { logger, lines } = listen();
  const isClean = await closeInOrder(
    [
      {
        name: 'throws',
        close: () => {
          throw new Error('at once');
        },
      },
      { name: 'rejects', close: () => Promise.reject(new Error('later')) },
      { name: 'closes', close: () => void closed.push('closes') },
    ],
    { deadlineMs: 60_000, logger },
  );
  expect([isClean, closed]).toEqual([false, ['closes']]);
  expect(lines.map(({ step, err }) => [step, (err as Error).message])).toEqual([
    ['throws', 'at once'],
    ['rejects', 'later'],
  ]);
});

it('steps that never end share one deadline, and those after them are still begun', async () => {
  const begun: string[] = [];
  const hangs = (name: string): ClosingStep => ({
    name,
    close: () => {
      begun.push(name);
      return new Promise(() => {});
    },
  });
  const { logger, lines } = listen();
  const isClean = await closeInOrder(['a', 'b', 'c'].map(hangs), { deadlineMs: 30, logger });
  expect([isClean, begun]).toEqual([false, ['a', 'b', 'c']]);
  // The first one used the deadline up; what it left the others is said in their lines.
  const given = lines.map(({ err }) => Number(/within (\d+) ms/.exec((err as Error).message)?.[1]));
  expect(given).toEqual([30, expect.any(Number), expect.any(Number)]);
  expect(given.slice(1).every((ms) => ms < 30)).toBe(true);
});

it('a deadline of nothing still lets a step end that ends at once', async () => {
  const { logger } = listen();
  expect(await closeInOrder([{ name: 'a', close: () => {} }], { deadlineMs: 0, logger })).toBe(true);
});
