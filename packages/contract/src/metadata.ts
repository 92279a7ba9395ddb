// The client's JSON object on an appointment. It is passed on as text: the rest of the pipeline does not parse it.

import { z } from 'zod';
import { isStorableText } from './text.ts';

const METADATA_BYTES_MAX = 4_096;
/** Deeper nesting is refused before anything recurses into it. PostgreSQL's own limit is in the thousands. */
const METADATA_DEPTH_MAX = 32;

const notStorable = {
  message: `Must be plain JSON, at most ${METADATA_DEPTH_MAX} levels deep, with finite numbers and without U+0000 or lone surrogates.`,
  params: { code: 'not-storable-json' },
};
const tooLarge = {
  message: `Must be at most ${METADATA_BYTES_MAX} bytes of JSON.`,
  params: { code: 'too-large' },
};

export const metadata = z
  .custom<Record<string, unknown>>(isObject, {
    error: 'Must be a JSON object.',
    params: { code: 'wrong-type' },
  })
  .transform((value, context) => {
    const text = isStorableJson(value, METADATA_DEPTH_MAX) ? JSON.stringify(value) : undefined;
    if (text !== undefined && Buffer.byteLength(text) <= METADATA_BYTES_MAX) return text;
    const problem = text === undefined ? notStorable : tooLarge;
    context.addIssue({ code: 'custom', ...problem });
    return z.NEVER;
  })
  .meta({
    description: `Any JSON object of at most ${METADATA_BYTES_MAX} bytes.`,
    override: { type: 'object', additionalProperties: true, examples: [{ room: 'ground floor' }] },
  });

function isObject(value: unknown): boolean {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function isStorableJson(value: unknown, depthLeft: number): boolean {
  switch (typeof value) {
    case 'string':
      return isStorableText(value);
    case 'number':
      return Number.isFinite(value);
    case 'boolean':
      return true;
    case 'object':
      if (value === null) return true;
      if (depthLeft === 0) return false;
      return Object.entries(value).every(
        ([key, inner]) => isStorableText(key) && isStorableJson(inner, depthLeft - 1),
      );
    default:
      return false;
  }
}
