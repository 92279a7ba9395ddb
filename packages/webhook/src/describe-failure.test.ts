import { expect, it } from '@jest/globals';
import { describeFailure } from './describe-failure.ts';

it('no failure before a connection says whether the name exists or where it leads', () => {
  const failures = [
    { reason: 'dns', detail: 'the name has no address (ENOTFOUND)', tookMs: 3 },
    { reason: 'dns', detail: 'the name was not looked up within 15 s', tookMs: 15_000 },
    { reason: 'refused-address', detail: 'the name has an address that is not public', tookMs: 7 },
  ] as const;
  const described = failures.map((failure) => describeFailure({ kind: 'failed', ...failure }));
  const same = { error: "address: the endpoint's address cannot be used", tookMs: 0 };
  expect(described).toEqual([same, same, same]);
});

it('a failure after a connection says what it was', () => {
  const failure = {
    kind: 'failed',
    reason: 'connection',
    detail: 'the connection was refused',
    tookMs: 4.4,
  } as const;
  expect(describeFailure(failure)).toEqual({ error: 'connection: the connection was refused', tookMs: 4 });
});
