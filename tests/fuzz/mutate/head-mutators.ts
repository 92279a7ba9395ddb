// Spoils everything but the body, in ways that a client still sends: headers, query, path, method.

import { escapeText, targetOf, type Draft } from '../generate/draft.ts';
import type { Dice } from '../generate/dice.ts';
import { NASTY_TEXTS, UNSTORABLE_TEXTS } from '../generate/texts.ts';
import { REFUSED_TIMES } from '../generate/timestamps.ts';
import { always, expect, hasBody, type Mutator } from './mutator.ts';
import { HEADERS, METHODS, ODD_TYPES, PATH_VALUES, TYPES } from './odd-heads.ts';

const hasParameterIn = (place: string) => (draft: Draft) =>
  draft.operation.parameters.some((parameter) => parameter.in === place);

function badTarget(draft: Draft, dice: Dice): string {
  const target = targetOf(draft);
  const rewrites: readonly (() => string)[] = [
    () => `/${target}`,
    () => `${target}/`,
    () => `${target}.`,
    () => `${target}%00`,
    () => `${target};a=b`,
    () => target.replace('/api/', '/API/'),
    () => target.replace('/', '/./'),
    () => `/api/docs/../..${target}`,
    () => `/api/docs/..%2f..%2f..%2fpackage.json`,
    () => `/api/docs/%2e%2e/%2e%2e/package.json`,
    () => `/api/docs/..\\..\\package.json`,
    () => '/api/docs/swagger-ui.css/../index.js',
    () => `/api/docs/${'../'.repeat(12)}etc/passwd`,
    () => target.replace(/\/[^/]*$/, '/%ff'),
    () => target.replace(/\/[^/]*$/, '/%'),
    () => target.replace(/\/[^/]*$/, '/%E0%A4'),
    () => `${target}${'/x'.repeat(2_000)}`,
    () => '/.env',
    () => '/.git/config',
    () => '/api',
    () => '/',
    () => '//evil.example/api/appointments',
    () => '/api/appointments%2fbatch',
    () => '/api/%61ppointments',
    () => `${target}?`,
    () => `${target}??a`,
  ];
  return dice.pick(rewrites)();
}

export const HEAD_MUTATORS: readonly Mutator[] = [
  {
    name: 'an odd header',
    fits: always,
    apply: (draft, { dice }) => {
      const name = dice.pick(Object.keys(HEADERS));
      draft.headers = draft.headers.filter(([known]) => known !== name);
      draft.headers.push([name, dice.pick(HEADERS[name] ?? [])]);
      expect(draft, 'either');
    },
  },
  {
    name: 'a header twice',
    fits: always,
    apply: (draft, { dice }) => {
      const name = dice.pick([
        'prefer',
        'idempotency-key',
        'if-none-match',
        'last-event-id',
        'authorization',
        'traceparent',
      ]);
      draft.headers.push([name, 'wait=0'], [name, '"x"']);
      // Two `Authorization` headers are malformed HTTP: refused without a problem document.
      expect(draft, name === 'authorization' ? 'broken' : 'either');
    },
  },
  {
    name: 'a type that is not JSON',
    fits: (draft) => hasBody(draft) && draft.body !== undefined,
    apply: (draft, { dice }) => {
      draft.contentType = dice.pick(TYPES);
      // A type without a body is none.
      const isLeftOut = draft.text?.length === 0 && !draft.operation.isBodyRequired;
      expect(draft, isLeftOut ? 'either' : 'refused');
    },
  },
  {
    name: 'an odd type',
    fits: (draft) => hasBody(draft) && draft.body !== undefined,
    apply: (draft, { dice }) => {
      draft.contentType = dice.pick(ODD_TYPES);
      expect(draft, 'either');
    },
  },
  {
    name: 'no type',
    fits: (draft) => draft.operation.isBodyRequired,
    apply: (draft) => {
      draft.contentType = undefined;
      expect(draft, 'refused');
    },
  },
  {
    name: 'a body where none is read',
    fits: (draft) => !hasBody(draft),
    apply: (draft, { dice }) => {
      draft.text = Buffer.from(dice.pick(['{}', 'x', '{"id":"1"}', '\u0000', 'x'.repeat(100_000)]));
      draft.contentType = dice.pick(['application/json', 'text/plain', undefined]);
      expect(draft, 'either');
    },
  },
  {
    name: 'a parameter that is not known',
    fits: hasParameterIn('query'),
    apply: (draft, { dice }) => {
      const name = dice.pick([
        'colour',
        'orgid',
        '__proto__',
        'constructor',
        'limit[]',
        'a.b',
        '',
        '$where',
        'key',
        'access_token',
      ]);
      draft.query.push([name, dice.pick(['1', '', 'x'])]);
      // A nameless one without a value is no parameter to a parser of queries.
      expect(draft, name === '' || name === '__proto__' ? 'either' : 'refused');
    },
  },
  {
    name: 'a parameter spoilt',
    fits: hasParameterIn('query'),
    apply: (draft, { dice }) => {
      const known = draft.operation.parameters.filter((parameter) => parameter.in === 'query');
      const { name } = dice.pick(known);
      const value = dice.pick(
        dice.pick([
          NASTY_TEXTS,
          REFUSED_TIMES,
          UNSTORABLE_TEXTS,
          ['-1', '0', '1.5', '1e3', '001', '999999999999999', '9999999999999999', ' 1', '１'],
        ]),
      );
      draft.query = [...draft.query.filter(([other]) => other !== name), [name, value]];
      expect(draft, 'either');
    },
  },
  {
    name: 'a parameter twice',
    fits: (draft) => draft.query.length > 0,
    apply: (draft, { dice }) => {
      draft.query.push(dice.pick(draft.query));
      expect(draft, 'refused');
    },
  },
  {
    name: 'a required parameter left out',
    fits: ({ operation }) =>
      operation.parameters.some(({ in: place, required }) => place === 'query' && required === true),
    apply: (draft, { dice }) => {
      const required = draft.operation.parameters.filter(
        ({ in: place, required: must }) => place === 'query' && must === true,
      );
      const { name } = dice.pick(required);
      draft.query = draft.query.filter(([other]) => other !== name);
      expect(draft, 'refused');
    },
  },
  {
    name: 'an odd query',
    fits: always,
    apply: (draft, { dice }) => {
      const query = dice.pick([
        '&&&',
        '=',
        'a',
        '%',
        '%ff',
        'orgId=%00',
        'orgId=%ED%A0%80',
        'a[b][c]=1',
        'x='.repeat(2_000),
        'orgId=a&orgId=b',
        'orgId[]=a',
        '?',
        'orgId=' + 'x'.repeat(6_000),
        '__proto__[x]=1',
      ]);
      const target = targetOf(draft);
      draft.target = `${target}${target.includes('?') ? '&' : '?'}${query}`;
      expect(draft, 'either');
    },
  },
  {
    name: 'an odd value in the path',
    fits: (draft) => draft.path.size > 0,
    apply: (draft, { dice }) => {
      const value = dice.pick(dice.chance(0.7) ? PATH_VALUES : NASTY_TEXTS);
      const name = dice.pick([...draft.path.keys()]);
      const target = targetOf(draft);
      const old = escapeText(draft.path.get(name) ?? '');
      // Once in a while as it is, which a client of URLs would have resolved.
      draft.target = target.replace(
        old,
        /^[\w.%-]+$/.test(value) && dice.chance(0.5) ? value : escapeText(value),
      );
      draft.isAddressed = false;
      expect(draft, 'either');
    },
  },
  {
    name: 'an odd path',
    fits: always,
    apply: (draft, { dice }) => {
      draft.target = badTarget(draft, dice);
      draft.isAddressed = false;
      expect(draft, 'either');
    },
  },
  {
    name: 'another method',
    fits: always,
    apply: (draft, { dice }) => {
      draft.method = dice.pick(METHODS.filter((method) => !draft.operation.allowed.includes(method)));
      if (draft.method === 'HEAD' || draft.method === 'TRACE') {
        draft.body = undefined;
        draft.contentType = undefined;
      }
      expect(draft, 'refused');
    },
  },
];
