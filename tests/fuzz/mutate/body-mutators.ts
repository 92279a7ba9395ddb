// Spoils the JSON of a body as a value: whether the result is still valid is judged by the schema afterwards.

import type { Dice } from '../generate/dice.ts';
import type { Draft } from '../generate/draft.ts';
import { NASTY_TEXTS, UNSTORABLE_TEXTS } from '../generate/texts.ts';
import { EDGE_TIMES, REFUSED_TIMES } from '../generate/timestamps.ts';
import { expect, type Mutator } from './mutator.ts';

type Place = { readonly holder: Record<string, unknown> | unknown[]; readonly key: string | number };

const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -0,
  -1,
  1,
  0.5,
  2 ** 31,
  2 ** 53,
  2 ** 53 - 1,
  -(2 ** 63),
  1e21,
  1e308,
  5e-324,
  '',
  [],
  {},
  [[]],
  [null],
  { $ne: null },
  { toString: 'x' },
  { length: 1e9 },
  { toJSON: 'x' },
];

/** Members that must not be settable, or that JavaScript has an opinion about. */
const EXTRA_MEMBERS: readonly (readonly [string, unknown])[] = [
  ['status', 'booked'],
  ['version', 7],
  ['decidedAt', '2030-01-01 00:00'],
  ['requestId', '00000000-0000-4000-8000-000000000000'],
  ['sequence', 1],
  ['heldUntil', '2031-01-01 00:00'],
  ['orgid', 'other'],
  ['isAdmin', true],
  ['scopes', ['admin']],
  ['constructor', { prototype: { polluted: true } }],
  ['prototype', {}],
  ['hasOwnProperty', 1],
  ['toJSON', 'x'],
  ['', 1],
  ['\u0000', 1],
  ['id ', 'x'],
  ['ID', 'x'],
];

const hasJson = ({ body }: Draft) => body !== undefined;

/** Every place in the value that can be replaced, the root not among them. */
function placesIn(value: unknown, depthLeft = 4): Place[] {
  if (value === null || typeof value !== 'object' || depthLeft === 0) return [];
  const holder = value as Record<string, unknown>;
  const keys = Array.isArray(value) ? value.map((_, at) => at) : Object.keys(value);
  return keys.flatMap((key) => [{ holder, key }, ...placesIn(holder[key], depthLeft - 1)]);
}

function onAnyPlace(draft: Draft, dice: Dice, change: (old: unknown) => unknown): void {
  const places = placesIn(draft.body);
  expect(draft, 'either');
  if (places.length === 0) {
    draft.body = change(draft.body);
    return;
  }
  const { holder, key } = dice.pick(places);
  const members = holder as Record<string | number, unknown>;
  members[key] = change(members[key]);
}

function holdersIn(draft: Draft): Record<string, unknown>[] {
  const items: unknown[] = Array.isArray(draft.body) ? draft.body : [draft.body];
  return items.filter((item): item is Record<string, unknown> => item !== null && typeof item === 'object');
}

/** A member of the body, or of an item of it, that is a time by its name. */
function timeMembers(draft: Draft): Place[] {
  return holdersIn(draft).flatMap((holder) =>
    ['start', 'end', 'createdAt', 'updatedAt', 'expiresAt']
      .filter((name) => typeof holder[name] === 'string')
      .map((key) => ({ holder, key })),
  );
}

function wrapped(value: unknown): unknown {
  return [value];
}

function asOtherType(value: unknown): unknown {
  if (typeof value === 'string')
    return value === '' || Number.isNaN(Number(value)) ? { value } : Number(value);
  return typeof value === 'object' ? 'object' : JSON.stringify(value);
}

export const BODY_MUTATORS: readonly Mutator[] = [
  {
    name: 'an odd value somewhere',
    fits: hasJson,
    apply: (draft, { dice }) => onAnyPlace(draft, dice, () => structuredClone(dice.pick(ODD_VALUES))),
  },
  {
    name: 'a nasty text somewhere',
    fits: hasJson,
    apply: (draft, { dice }) => onAnyPlace(draft, dice, () => dice.pick(NASTY_TEXTS)),
  },
  {
    name: 'a text that cannot be stored',
    fits: hasJson,
    apply: (draft, { dice }) => onAnyPlace(draft, dice, () => dice.pick(UNSTORABLE_TEXTS)),
  },
  {
    name: 'another type somewhere',
    fits: hasJson,
    apply: (draft, { dice }) => onAnyPlace(draft, dice, dice.chance(0.5) ? wrapped : asOtherType),
  },
  {
    name: 'another body altogether',
    fits: hasJson,
    apply: (draft, { dice }) => {
      draft.body = structuredClone(dice.pick(ODD_VALUES));
      expect(draft, 'either');
    },
  },
  {
    name: 'a member left out',
    fits: (draft) => holdersIn(draft).length > 0,
    apply: (draft, { dice }) => {
      const holder = dice.pick(holdersIn(draft));
      const names = Object.keys(holder);
      if (names.length > 0) delete holder[dice.pick(names)];
      expect(draft, 'either');
    },
  },
  {
    name: 'a member too many',
    fits: (draft) => holdersIn(draft).length > 0,
    apply: (draft, { dice }) => {
      const [name, value] = dice.pick(EXTRA_MEMBERS);
      dice.pick(holdersIn(draft))[name] = value;
      expect(draft, 'either');
    },
  },
  {
    name: 'a time that does not exist',
    fits: (draft) => timeMembers(draft).length > 0,
    apply: (draft, { dice }) => {
      const { holder, key } = dice.pick(timeMembers(draft));
      (holder as Record<string, unknown>)[key] = dice.pick(REFUSED_TIMES);
      // Of a batch only the item is refused, and a cancellation ignores the other times.
      expect(draft, Array.isArray(draft.body) ? 'either' : 'refused');
    },
  },
  {
    name: 'a time at the edge',
    fits: (draft) => timeMembers(draft).length > 0,
    apply: (draft, { dice }) => {
      const { holder, key } = dice.pick(timeMembers(draft));
      (holder as Record<string, unknown>)[key] = dice.pick(EDGE_TIMES);
      expect(draft, 'either');
    },
  },
  {
    name: 'an interval that is empty, backwards or a lifetime long',
    fits: (draft) =>
      holdersIn(draft).some((item) => 'start' in item && 'end' in item && item['op'] !== 'cancel'),
    apply: (draft, { dice }) => {
      const item = dice.pick(
        holdersIn(draft).filter(({ op, start }) => start !== undefined && op !== 'cancel'),
      );
      const [end, expectation] = dice.pick([
        [item['start'], 'refused'],
        ['1999-01-01 00:00', 'refused'],
        ['2131-01-01 00:00', 'either'],
      ] as const);
      item['end'] = end;
      expect(draft, Array.isArray(draft.body) ? 'either' : expectation);
    },
  },
];
