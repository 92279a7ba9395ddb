import { expect, it } from '@jest/globals';
import { groupOf } from './delivery-group.ts';
import { createSpread } from './spread.ts';
import { turnLimitsOf } from './turn-limits.ts';
import { createTurnShares } from './turn-shares.ts';

const LIMITS = { org: 4, endpoint: 3, destination: 4, orgAtDestination: 2 };

let nowMs = 0;
const open = () =>
  createTurnShares({ limits: LIMITS, waitMinMs: 200, crowdedMinMs: 1_000, now: () => nowMs });

function group(orgId: string, endpointId: string, host: string): string {
  return groupOf({ orgId, endpointId, url: `https://${host}/` });
}

it('an org, an endpoint and a destination each have a limit, which does not affect others', () => {
  const shares = open();
  shares.begin(group('acme', 'a', 'one.example'));
  shares.begin(group('acme', 'a', 'one.example'));
  expect(shares.waitOf(group('acme', 'b', 'one.example'))).toBeDefined();
  shares.begin(group('acme', 'a', 'two.example'));
  expect(shares.waitOf(group('acme', 'a', 'three.example'))).toBeDefined();
  expect(shares.waitOf(group('acme', 'b', 'three.example'))).toBeUndefined();
  shares.begin(group('acme', 'b', 'three.example'));
  expect(shares.waitOf(group('acme', 'c', 'four.example'))).toBeDefined();
  expect(shares.waitOf(group('bolt', 'd', 'one.example'))).toBeUndefined();
});

it('a turn that ends makes room for the next one', () => {
  const shares = open();
  const ends = [1, 2].map(() => shares.begin(group('acme', 'a', 'one.example')));
  ends[0]?.();
  expect(shares.waitOf(group('acme', 'a', 'one.example'))).toBeUndefined();
});

it('the wait is derived from the duration of the turns in flight', () => {
  const shares = open();
  for (const _ of [1, 2]) shares.begin(group('acme', 'a', 'one.example'));
  nowMs += 3_000;
  const wait = shares.waitOf(group('acme', 'a', 'one.example'));
  expect(wait).toMatchObject({ notBeforeMs: 3_000, eachMs: 3_000, per: 'turn' });
});

it('a pause of the process postpones nothing for longer than the turns were crowded', () => {
  const shares = open();
  const spread = createSpread({ pauseMaxMs: 600_000, groupsMax: 10, now: () => nowMs });
  const ends = [1, 2].map(() => shares.begin(group('acme', 'a', 'one.example')));
  nowMs += 3_000;
  const postponedMs: number[] = [];
  for (let refused = 0; refused < 500; refused++) {
    const wait = shares.waitOf(group('acme', 'a', 'one.example'));
    if (wait !== undefined) postponedMs.push(spread.putOff(wait.key, { ...wait, count: 1 }));
  }
  expect(postponedMs).toHaveLength(500);
  expect(Math.max(...postponedMs)).toBe(3_000);
  for (const end of ends) end();
  for (const _ of [1, 2]) shares.begin(group('acme', 'a', 'one.example'));
  expect(shares.waitOf(group('acme', 'a', 'one.example'))).toMatchObject({ maxMs: 1_000 });
});

it('turns are crowded for as long as at least half of them are held', () => {
  const shares = open();
  const at = (host: string) => shares.begin(group('acme', host, `${host}.example`));
  const ends = ['a', 'b', 'c', 'd'].map((host) => at(host));
  const waitMaxMs = () => shares.waitOf(group('acme', 'e', 'e.example'))?.maxMs;
  nowMs += 5_000;
  for (const end of ends.splice(0, 2)) end();
  ends.push(at('f'), at('g'));
  expect(waitMaxMs()).toBe(5_000);
  for (const end of ends.splice(0, 3)) end();
  for (const host of ['h', 'i', 'j']) at(host);
  expect(waitMaxMs()).toBe(1_000);
});

it('an org and a destination have a quarter of the turns, or the configured number, and at least one', () => {
  expect(turnLimitsOf({ turns: 256 })).toEqual({
    org: 64,
    endpoint: 32,
    destination: 64,
    orgAtDestination: 16,
  });
  expect(turnLimitsOf({ turns: 1 })).toEqual({ org: 1, endpoint: 1, destination: 1, orgAtDestination: 1 });
  expect(turnLimitsOf({ turns: 256, orgTurns: 10, destinationTurns: 8 })).toEqual({
    org: 10,
    endpoint: 5,
    destination: 8,
    orgAtDestination: 2,
  });
});
