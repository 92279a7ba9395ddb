// The client's own JSON object on an appointment. It leaves here as text: nothing behind the edge looks inside.

import { z } from 'zod';
import { refuse } from './field-error.ts';
import { isStorableText } from './text.ts';

export const METADATA_BYTES_MAX = 4_096;
/** Deeper nesting is refused before anything recurses into it. PostgreSQL's own limit is in the thousands. */
export const METADATA_DEPTH_MAX = 32;

export const metadata = z
  .custom<Record<string, unknown>>(isObject, {
    error: 'Must be a JSON object.',
    params: { code: 'wrong-type' },
  })
  .refine(
    (value) => isStorableJson(value, METADATA_DEPTH_MAX),
    refuse(
      'not-storable-json',
      `Must be plain JSON, at most ${METADATA_DEPTH_MAX} levels deep, with finite numbers and without U+0000 or lone surrogates.`,
    ),
  )
  .transform((value, context) => {
    const text = isStorableJson(value, METADATA_DEPTH_MAX) ? JSON.stringify(value) : '';
    if (Buffer.byteLength(text) <= METADATA_BYTES_MAX) return text;
    const message = `Must be at most ${METADATA_BYTES_MAX} bytes of JSON.`;
    context.addIssue({ code: 'custom', message, params: { code: 'too-large' } });
    return z.NEVER;
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
