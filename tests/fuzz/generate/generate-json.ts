// Makes a value that a schema allows, for the part of JSON Schema that the document uses. What a schema cannot say
// (that a text is a time, or the id of what) the vocabulary knows by the member's name.

import { resolveSchema, type OpenApi, type Schema } from '../document/api-document.ts';
import type { Dice } from './dice.ts';
import { anyText } from './texts.ts';

/** A value for what has this name, or `undefined` when the schema says enough. */
export type Vocabulary = (name: string, schema: Schema) => unknown;

export interface Making {
  readonly document: OpenApi;
  readonly dice: Dice;
  readonly vocabulary: Vocabulary;
}

const OPTIONAL_SHARE = 0.4;
const ITEMS_SHOWN_MAX = 6;
const TEXT_LENGTH_MAX = 300;
const DEPTH_MAX = 4;

/** Throws when the schema uses what is not known here: a generator that skips it would test less than it says. */
export function generateJson(making: Making, schema: Schema, name = ''): unknown {
  const { document, dice, vocabulary } = making;
  const meant = resolveSchema(document, schema);
  const known = vocabulary(name, meant);
  if (known !== undefined) return known;
  if (meant.const !== undefined) return meant.const;
  if (meant.enum !== undefined) return dice.pick(meant.enum);
  const choices = meant.anyOf ?? meant.oneOf;
  if (choices !== undefined) return generateJson(making, dice.pick(choices), name);
  return generateTyped(making, meant, name);
}

function generateTyped(making: Making, schema: Schema, name: string): unknown {
  const { dice } = making;
  const type = typeof schema.type === 'string' ? schema.type : schema.type?.[0];
  switch (type) {
    case 'object':
      return generateObject(making, schema);
    case 'array':
      return generateArray(making, schema, name);
    case 'string':
      return generateString(dice, schema);
    case 'integer':
      return generateInteger(dice, schema);
    case 'number':
      return generateInteger(dice, schema) + dice.pick([0, 0.5]);
    case 'boolean':
      return dice.chance(0.5);
    case 'null':
      return null;
    case undefined:
      return anyJson(dice);
    default:
      throw new Error(`no value can be made of the type ${type}`);
  }
}

function generateObject(making: Making, schema: Schema): Record<string, unknown> {
  const { dice } = making;
  const made: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    const isWanted = schema.required?.includes(name) === true || dice.chance(OPTIONAL_SHARE);
    if (isWanted) made[name] = generateJson(making, member, name);
  }
  if (schema.additionalProperties === true) Object.assign(made, anyObject(dice, DEPTH_MAX));
  return made;
}

function generateArray(making: Making, schema: Schema, name: string): unknown[] {
  const { dice } = making;
  const { minItems = 0, maxItems = ITEMS_SHOWN_MAX, items = {} } = schema;
  const count = dice.between(minItems, Math.min(maxItems, Math.max(minItems, ITEMS_SHOWN_MAX)));
  const made = Array.from({ length: count }, () => generateJson(making, items, name));
  return schema.uniqueItems === true ? [...new Set(made)] : made;
}

function generateString(dice: Dice, schema: Schema): string {
  if (schema.format === 'uuid') return anyUuid(dice);
  if (schema.pattern !== undefined) throw new Error(`no text can be made for the pattern ${schema.pattern}`);
  const { minLength = 0, maxLength = TEXT_LENGTH_MAX } = schema;
  return anyText(dice, { min: minLength, max: maxLength });
}

export function anyUuid(dice: Dice): string {
  const hex = (length: number) => Array.from({ length }, () => dice.below(16).toString(16)).join('');
  return `${hex(8)}-${hex(4)}-${dice.pick(['4', '7'])}${hex(3)}-${dice.pick(['8', '9', 'a', 'b'])}${hex(3)}-${hex(12)}`;
}

function generateInteger(dice: Dice, schema: Schema): number {
  const min = schema.minimum ?? (schema.exclusiveMinimum === undefined ? 0 : schema.exclusiveMinimum + 1);
  const max =
    schema.maximum ?? (schema.exclusiveMaximum === undefined ? min + 1_000 : schema.exclusiveMaximum - 1);
  return dice.chance(0.2) ? dice.pick([min, max]) : dice.between(min, Math.min(max, min + 1_000));
}

/** Small enough for everything that limits JSON. */
function anyObject(dice: Dice, depthLeft: number): Record<string, unknown> {
  const names = Array.from({ length: dice.below(4) }, () => anyText(dice, { min: 1, max: 12 }));
  return Object.fromEntries(names.map((name) => [name, anyJson(dice, depthLeft - 1)]));
}

function anyJson(dice: Dice, depthLeft = DEPTH_MAX): unknown {
  const leaves = [null, true, false, 0, -1.5, 2 ** 53, 1e-7, anyText(dice, { min: 0, max: 40 })];
  if (depthLeft <= 0 || dice.chance(0.6)) return dice.pick(leaves);
  if (dice.chance(0.5)) return anyObject(dice, depthLeft);
  return Array.from({ length: dice.below(4) }, () => anyJson(dice, depthLeft - 1));
}
