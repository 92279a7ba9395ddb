import { describe, expect, it } from '@jest/globals';
import { ANYONE, type Operator, type OrgPrincipal } from '../access/principal.ts';
import { dueAtOnce, dueLater } from './dues.ts';

const ACME: OrgPrincipal = { kind: 'org', keyId: 'k1', orgId: 'acme', scopes: new Set() };
const OPERATOR: Operator = { kind: 'operator', keyId: 'op' };
const POST = { method: 'POST', query: {} };

describe('the first point of a request', () => {
  it('with an org’s credential is taken from the credential and its org, whatever org the request names', () => {
    expect(dueAtOnce(ACME, { method: 'GET', query: { orgId: 'umbrella' } })).toEqual([
      { name: 'key', key: 'k1', points: 1, pointsBefore: 0 },
      { name: 'org', key: 'acme', points: 1, pointsBefore: 0 },
    ]);
  });

  it('by an operator is taken from the operator, and from the org that a read names', () => {
    expect(dueAtOnce(OPERATOR, POST).map(({ name, key }) => [name, key])).toEqual([['key', 'op']]);
    const read = dueAtOnce(OPERATOR, { method: 'GET', query: { org: 'acme' } });
    expect(read.map(({ name, key }) => [name, key])).toEqual([
      ['key', 'op'],
      ['org', 'acme'],
    ]);
  });

  it.each([{}, { orgId: '' }, { orgId: ['a', 'b'] }, { orgId: 'x'.repeat(129) }])(
    'without a credential and a valid org (%j) is taken from no bucket',
    (query) => {
      expect(dueAtOnce(ANYONE, { method: 'GET', query })).toEqual([]);
    },
  );

  it('is not taken for a write without a credential until its org is known', () => {
    expect(dueAtOnce(ANYONE, { method: 'DELETE', query: { orgId: 'acme' } })).toEqual([]);
  });
});

describe('the remaining points of a write', () => {
  it('are all but the first, for an org’s credential', () => {
    expect(dueLater(ACME, new Map([['acme', 10]]))).toEqual([
      { name: 'key', key: 'k1', points: 9, pointsBefore: 1 },
      { name: 'org', key: 'acme', points: 9, pointsBefore: 1 },
    ]);
  });

  it('are none for one request, or none at all', () => {
    expect(dueLater(ACME, new Map([['acme', 1]]))).toEqual([]);
    expect(dueLater(ACME, new Map())).toEqual([]);
  });

  it('are taken from each of several orgs separately', () => {
    const asked = new Map([
      ['acme', 2],
      ['umbrella', 3],
    ]);
    const orgs = [
      { name: 'org', key: 'acme', points: 2, pointsBefore: 0 },
      { name: 'org', key: 'umbrella', points: 3, pointsBefore: 0 },
    ];
    expect(dueLater(ANYONE, asked)).toEqual(orgs);
    expect(dueLater(OPERATOR, asked)).toEqual([
      { name: 'key', key: 'op', points: 4, pointsBefore: 1 },
      ...orgs,
    ]);
  });
});
