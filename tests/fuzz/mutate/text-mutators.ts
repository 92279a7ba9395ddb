// Spoils the body as text or bytes: what no JSON value can be, and what parsers read differently.

import type { Dice } from '../generate/dice.ts';
import type { Draft } from '../generate/draft.ts';
import { expect, hasBody, type Mutator } from './mutator.ts';

const hasJson = (draft: Draft) => hasBody(draft) && draft.body !== undefined;

const DEPTH = 10_000;
const MEMBERS = 100_000;

type Rewrite = (text: string, dice: Dice) => string | Buffer;

/** Puts a member first in the outermost object, or in that of the first item. */
function withMember(text: string, member: string): string {
  const brace = text.indexOf('{');
  if (brace < 0) return text;
  const rest = text.slice(brace + 1);
  const comma = rest.trimStart().startsWith('}') ? '' : ',';
  return `${text.slice(0, brace + 1)}${member}${comma}${rest}`;
}

const REWRITES: Readonly<Record<string, Rewrite>> = {
  'a member twice': (text) => withMember(text, '"id":"first","id":"second","orgId":"a","orgId":"b"'),
  '__proto__ as a member': (text, dice) =>
    withMember(
      text,
      dice.pick([
        '"__proto__":{"polluted":true}',
        '"__proto__":null',
        String.raw`"\u005f_proto__":{"orgId":"other"}`,
        '"metadata":{"__proto__":{"polluted":true}}',
        '"metadata":{"constructor":{"prototype":{"polluted":true}}}',
        '"constructor":{"prototype":{"polluted":true}}',
      ]),
    ),
  'deep nesting': (text, dice) => {
    const [open, close] = dice.pick([
      ['[', ']'],
      ['{"a":', '}'],
    ] as const);
    const nested = open.repeat(DEPTH) + (open === '[' ? '' : '1') + close.repeat(DEPTH);
    return dice.chance(0.5) ? nested : withMember(text, `"metadata":${nested}`);
  },
  'deep nesting in metadata': (text, dice) => {
    const depth = dice.between(30, 1_000);
    return withMember(text, `"metadata":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);
  },
  'a hundred thousand members': (text) =>
    withMember(text, Array.from({ length: MEMBERS }, (_, at) => `"m${at}":0`).join(',')),
  'a number that is none': (text, dice) =>
    withMember(
      text,
      `"holdSeconds":${dice.pick(['1e400', '-1e400', 'NaN', 'Infinity', '-0', '00', '0x10', '1_000', '+5', '.5', '5.', '6e1', '60.0', '9007199254740993', '1'.repeat(400)])}`,
    ),
  'cut off': (text, dice) => text.slice(0, dice.below(text.length)),
  'something behind it': (text, dice) =>
    text + dice.pick(['x', '}', ',{}', '\u0000', ' \n\t', '// end', '\ufeff']),
  'a byte order mark': (text) => `\ufeff${text}`,
  'invalid UTF-8': (text, dice) => {
    const bytes = Buffer.from(text);
    const bad = dice.pick([[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xc0, 0x80]]);
    const quote = bytes.indexOf('"') + 1;
    return Buffer.concat([bytes.subarray(0, quote), Buffer.from(bad), bytes.subarray(quote)]);
  },
  'UTF-16': (text) => Buffer.from(text, 'utf16le'),
  'escaped lone surrogates': (text) =>
    withMember(text, String.raw`"description":"\ud800","resourceId":"\udc00x"`),
  'escaped nothing': (text) => withMember(text, String.raw`"resourceId":"a\u0000b"`),
  'a flipped byte': (text, dice) => {
    const bytes = Buffer.from(text);
    const at = dice.below(bytes.length);
    bytes[at] = dice.below(256);
    return bytes;
  },
  'no body': () => '',
  'only space': () => ' \r\n\t ',
  'not JSON': (_text, dice) =>
    dice.pick([
      'id=42&start=now',
      '<booking id="42"/>',
      "{'id':'42'}",
      '{id:42}',
      'undefined',
      '--x\r\n',
      '\u0000\u0000',
    ]),
  'comments and commas': (text) => text.replace(/\}$/, ',}').replace('{', '{/* */'),
  'space in large amounts': (text, dice) => ' '.repeat(dice.pick([1_000, 65_000, 70_000, 1_100_000])) + text,
  'a long string': (text, dice) =>
    withMember(text, `"resourceId":"${'x'.repeat(dice.pick([129, 60_000, 66_000]))}"`),
};

/**
 * Whether the bytes are text that JSON.parse reads; what it reads is then judged by the schema. A byte order mark may be
 * passed over (RFC 8259, 8.1).
 */
export function readJson(bytes: Buffer): { readonly value: unknown } | undefined {
  try {
    return {
      value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown,
    };
  } catch {
    return undefined;
  }
}

export const TEXT_MUTATORS: readonly Mutator[] = Object.entries(REWRITES).map(([name, rewrite]) => ({
  name,
  fits: hasJson,
  apply: (draft, { dice }) => {
    const written = rewrite(JSON.stringify(draft.body), dice);
    draft.text = typeof written === 'string' ? Buffer.from(written) : written;
    expect(draft, 'either');
  },
}));
