import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { startLoop, type Page } from './start-loop.ts';

const FOR_EVER_MS = 3_600_000;
const MORE: Page = { isMore: true, isEmpty: false };
const SOME: Page = { isMore: false, isEmpty: false };
const NONE: Page = { isMore: false, isEmpty: true };

function start(
  answers: (Page | Error)[],
  { idleMs = FOR_EVER_MS, idleMaxMs }: { idleMs?: number; idleMaxMs?: number } = {},
) {
  const failures: unknown[] = [];
  let steps = 0;
  let told: (() => void)[] = [];
  const loop = startLoop({
    idleMs,
    idleMaxMs,
    nudgedMs: 1,
    nudgedMaxMs: 1,
    onFailure: (cause) => failures.push(cause),
    step: async () => {
      steps += 1;
      for (const tell of told) tell();
      const answer = answers.shift() ?? NONE;
      if (answer instanceof Error) throw answer;
      return Promise.resolve(answer);
    },
  });
  const untilSteps = async (count: number) => {
    while (steps < count) await new Promise<void>((resolve) => (told = [...told, resolve]));
  };
  return { ...loop, failures, untilSteps, steps: () => steps };
}

it('continues while there is more, then waits for a nudge', async () => {
  const loop = start([MORE, MORE, NONE]);
  await loop.untilSteps(3);
  loop.nudge();
  await loop.untilSteps(4);
  await loop.close();
  expect(loop.steps()).toBe(4);
});

it('runs again automatically without a nudge', async () => {
  const loop = start([], { idleMs: 1 });
  await loop.untilSteps(3);
  await loop.close();
});

it('pauses longer after each empty page, and not longer after pages with work', async () => {
  const rests = { idleMs: 1, idleMaxMs: FOR_EVER_MS };
  const [idle, busy] = [
    start([], rests),
    start(
      Array.from({ length: 200 }, () => SOME),
      rests,
    ),
  ];
  await busy.untilSteps(200);
  // The pause doubles each time, so 30 pauses take longer than this test.
  expect(idle.steps()).toBeLessThan(30);
  idle.nudge();
  await idle.untilSteps(idle.steps() + 3);
  await Promise.all([idle.close(), busy.close()]);
});

it('a nudge during a page is not lost', async () => {
  const loop = start([]);
  loop.nudge();
  await loop.untilSteps(1);
  loop.nudge();
  await loop.untilSteps(2);
  await loop.close();
});

it('a page that fails is reported and retried', async () => {
  const away = new Error('away');
  const loop = start([away, NONE]);
  await loop.untilSteps(2);
  expect(loop.failures).toEqual([away]);
  await loop.close();
});

it('closes during any pause, and starts no page after that', async () => {
  const loop = start([new Error('away')]);
  await loop.untilSteps(1);
  await loop.close();
  loop.nudge();
  expect(loop.steps()).toBe(1);
});

describe('by the clock', () => {
  afterEach(() => void jest.useRealTimers());

  /** The start times of pages, in ms, of a loop that is nudged in every millisecond of a second. */
  async function nudgedForASecond(page: Page): Promise<number[]> {
    jest.useFakeTimers();
    const pagesAt: number[] = [];
    const loop = startLoop({
      idleMs: FOR_EVER_MS,
      nudgedMs: 25,
      nudgedMaxMs: 100,
      onFailure: () => undefined,
      step: async () => {
        pagesAt.push(performance.now());
        return Promise.resolve(page);
      },
    });
    const beganAt = performance.now();
    while (performance.now() < beganAt + 1_000) {
      loop.nudge();
      await jest.advanceTimersByTimeAsync(1);
    }
    await loop.close();
    return pagesAt.map((at) => at - beganAt);
  }

  it('runs often while nudges lead to work', async () => {
    expect(await nudgedForASecond(SOME)).toEqual(Array.from({ length: 41 }, (_, page) => 25 * page));
  });

  it('runs less often while nudges lead to empty pages', async () => {
    const pagesAt = await nudgedForASecond(NONE);
    expect(pagesAt).toEqual([0, 50, ...Array.from({ length: 9 }, (_, page) => 150 + 100 * page)]);
  });

  it('gives the caller of a nudge time to finish its work', async () => {
    jest.useFakeTimers();
    const loop = start([], { idleMs: FOR_EVER_MS });
    await jest.advanceTimersByTimeAsync(1_000);
    loop.nudge();
    await jest.advanceTimersByTimeAsync(4);
    expect(loop.steps()).toBe(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(loop.steps()).toBe(2);
    await loop.close();
  });
});

it('never sets a timer with a negative time, even when a nudge comes after the delayed end of a pause', async () => {
  const setTimer = jest.spyOn(globalThis, 'setTimeout');
  const loop = start([], { idleMs: 2 });
  await loop.untilSteps(1);
  await new Promise((resolve) => setImmediate(resolve));
  const until = performance.now() + 10;
  while (performance.now() < until);
  loop.nudge();
  await loop.close();
  const rests = setTimer.mock.calls.map(([, ms = 0]) => ms);
  setTimer.mockRestore();
  expect(rests.length).toBeGreaterThan(1);
  expect(Math.min(...rests)).toBeGreaterThanOrEqual(0);
});
