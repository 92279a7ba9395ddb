import { expect, it } from '@jest/globals';
import { groupOf } from './delivery-group.ts';
import { turnLimitsOf } from './turn-limits.ts';
import { createTurnShares } from './turn-shares.ts';

const LIMITS = { org: 4, endpoint: 3, destination: 4, orgAtDestination: 2 };

let nowMs = 0;
const open = () => createTurnShares({ limits: LIMITS, waitMinMs: 200, now: () => nowMs });

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
