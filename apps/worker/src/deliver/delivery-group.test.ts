import { expect, it } from '@jest/globals';
import { groupOf, ownersOf } from './delivery-group.ts';

const of = (endpointId: string, url: string) => groupOf({ orgId: 'acme', endpointId, url });

it('one endpoint is one group for all paths', () => {
  expect(of('e', 'https://a.example/one?x=1')).toBe(of('e', 'https://a.example/two'));
});

it('another endpoint, or another origin of the callbacks, is another group', () => {
  const groups = [
    of('e', 'https://a.example'),
    of('f', 'https://a.example'),
    of('e', 'https://b.example'),
    of('e', 'https://a.example:8443'),
    of('e', 'no url'),
  ];
  expect(new Set(groups).size).toBe(groups.length);
});

it('a group is short and has only safe characters', () => {
  expect(of('00000000-0000-8000-8000-000000000001', `https://a.example/${'é'.repeat(3_000)}`)).toMatch(
    /^[\w:-]{1,100}$/,
  );
});

it('a group names its org, its endpoint and its destination', () => {
  const [one, other] = [of('e', 'https://a.example'), of('e', 'https://a.example:8443')].map(ownersOf);
  expect(one).toEqual(other);
  expect(one?.endpoint).toBe('e');
  const ofAnother = ownersOf(groupOf({ orgId: 'bolt', endpointId: 'f', url: 'https://a.example' }));
  expect([ofAnother.org === one?.org, ofAnother.destination === one?.destination]).toEqual([false, true]);
});

it('a group of an earlier release also has an org and a destination', () => {
  expect(ownersOf('e:0123456789abcdef')).toEqual({
    org: 'e',
    endpoint: 'e',
    destination: '0123456789abcdef',
  });
});
