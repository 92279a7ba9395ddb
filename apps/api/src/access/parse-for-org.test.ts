import { booking, endpointQuery, listQuery, newEndpoint } from '@slotline/contract';
import { describe, expect, it } from '@jest/globals';
import type { Request } from 'express';
import { ProblemError } from '../http/problem-error.ts';
import { namesOtherOrg, parseForOrg, refuseOtherOrg, withOwnOrg } from './parse-for-org.ts';
import { ANYONE, setPrincipal, type Principal } from './principal.ts';

const ACME: Principal = { kind: 'org', keyId: 'k1', orgId: 'acme', scopes: new Set(['read']) };
const OPERATOR: Principal = { kind: 'operator', keyId: 'k2' };
const BOOKING = {
  id: '42',
  start: '2030-10-10 20:20',
  end: '2030-10-10 20:30',
  createdAt: '2030-09-02 14:23:12',
  updatedAt: '2030-09-28 14:23:12',
};
const POLICY = { allowPrivate: false, ports: [443] };

function from(principal: Principal): Request {
  const req = {} as Request;
  setPrincipal(req, principal);
  return req;
}

function refusalOf(parse: () => unknown): ProblemError {
  try {
    parse();
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('a credential of an org', () => {
  it('may leave the org out or name its own', () => {
    for (const given of [{}, { orgId: 'acme' }]) {
      expect(parseForOrg(booking, { ...BOOKING, ...given }, from(ACME)).orgId).toBe('acme');
      expect(parseForOrg(endpointQuery, given, from(ACME)).orgId).toBe('acme');
    }
    expect(parseForOrg(listQuery, { org: 'acme' }, from(ACME)).orgId).toBe('acme');
  });

  it('gets the same 404 for every other org, in either spelling and whatever else is wrong', () => {
    const inputs = [
      { ...BOOKING, orgId: 'other' },
      { ...BOOKING, orgId: 'default' },
      { orgId: 'Acme' },
      { orgId: '' },
      { orgId: 'acme', org: 'other' },
      { org: 'other', limit: 'x' },
    ];
    const refusals = inputs.map((input) => refusalOf(() => parseForOrg(listQuery, input, from(ACME))));
    expect(new Set(refusals.map(({ code, options }) => JSON.stringify([code, options]))).size).toBe(1);
    expect(refusals[0]?.code).toBe('not-found');
  });

  it('gets 400 for a malformed org id, and no other org in its place', () => {
    for (const orgId of [42, null, ['acme'], ['other', 'acme'], {}]) {
      const { code, options } = refusalOf(() => parseForOrg(booking, { ...BOOKING, orgId }, from(ACME)));
      expect([code, options.errors?.map(({ pointer }) => pointer)]).toEqual(['invalid-request', ['/orgId']]);
    }
  });

  it('gets every bad field listed, the URL included, when the org is its own', () => {
    const rule = { field: 'url', policy: POLICY } as const;
    const input = { url: 'https://127.0.0.1/', events: 'all' };
    const { options } = refusalOf(() => parseForOrg(newEndpoint, input, from(ACME), rule));
    expect(options.errors?.map(({ pointer }) => pointer).sort()).toEqual(['/events', '/url']);
  });

  it('leaves the input unchanged', () => {
    const input = Object.freeze({ ...BOOKING });
    expect(withOwnOrg(ACME, input)).toEqual({ ...BOOKING, orgId: 'acme' });
    for (const other of [undefined, null, 'text', 7, [1]]) expect(withOwnOrg(ACME, other)).toBe(other);
  });

  it('cannot hide another org behind a prototype', () => {
    const input = JSON.parse('{"__proto__":{"orgId":"acme"},"orgId":"other"}') as object;
    expect(namesOtherOrg(ACME, input)).toBe(true);
    const filled = withOwnOrg(ACME, JSON.parse('{"__proto__":{"orgId":"other"}}'));
    expect(Object.getOwnPropertyDescriptor(filled, 'orgId')?.value).toBe('acme');
  });
});

it.each([ANYONE, OPERATOR])('$kind may name any org, and means `default` without one', (principal) => {
  expect(parseForOrg(booking, BOOKING, from(principal)).orgId).toBe('default');
  expect(parseForOrg(booking, { ...BOOKING, orgId: 'other' }, from(principal)).orgId).toBe('other');
  expect(namesOtherOrg(principal, { orgId: 'other' })).toBe(false);
  expect(() => refuseOtherOrg(principal, 'other')).not.toThrow();
});

it('the final check refuses another org that parsing let through', () => {
  expect(refusalOf(() => refuseOtherOrg(ACME, 'other')).code).toBe('not-found');
  expect(() => refuseOtherOrg(ACME, 'acme')).not.toThrow();
});
