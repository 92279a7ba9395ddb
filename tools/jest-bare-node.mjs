// Prepares a worker of jest-light-runner: packages resolve to their source, and `@jest/globals`, which only Jest's own
// runner has, gives the runner's globals. The runner's `jest` object lacks some functions of the fake timers.
import { registerHooks } from 'node:module';
import { ModernFakeTimers } from '@jest/fake-timers';

const NAMES = 'afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest, test';
const GLOBALS = `data:text/javascript,export const { ${NAMES} } = globalThis;`;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === '@jest/globals'
      ? { url: GLOBALS, shortCircuit: true }
      : next(specifier, { ...context, conditions: ['source', ...context.conditions] }),
});

const timers = new ModernFakeTimers({ config: { fakeTimers: {} }, global: globalThis });
for (const name of [
  'useFakeTimers',
  'useRealTimers',
  'advanceTimersByTime',
  'advanceTimersByTimeAsync',
  'getTimerCount',
]) {
  globalThis.jest[name] = timers[name].bind(timers);
}
