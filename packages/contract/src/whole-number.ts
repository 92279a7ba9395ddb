// Whole numbers in queries: decimal digits only, within bounds that the error message contains.

import { z } from 'zod';
import { refuse } from './field-error.ts';

/** Up to fifteen digits, so every value is exact. */
export function wholeNumber({ min, max }: { min: number; max: number }) {
  return z
    .string()
    .transform((text) => (/^\d{1,15}$/.test(text) ? Number(text) : Number.NaN))
    .refine(
      (value) => value >= min && value <= max,
      refuse('out-of-range', `Must be a whole number from ${min} to ${max}.`),
    )
    .meta({ override: { type: 'integer', minimum: min, maximum: max } });
}
