// Text that every part of the pipeline can store: PostgreSQL stores no U+0000 and UTF-8 has no lone surrogates.

import { z } from 'zod';
import { refuse } from './field-error.ts';

export function isStorableText(text: string): boolean {
  return !text.includes('\u0000') && text.isWellFormed();
}

/** A string of `min`–`max` UTF-16 units that can be stored and indexed. */
export function storableText({ min, max }: { min: number; max: number }) {
  return z
    .string()
    .min(min)
    .max(max)
    .refine(isStorableText, refuse('not-storable-text', 'Must not contain U+0000 or lone surrogates.'));
}
