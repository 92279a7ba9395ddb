// Timestamps on the wire. Parsed by core's `parseInstant`, which refuses times that do not exist.

import { parseInstant, TIMESTAMP_LENGTH_MAX } from '@slotline/core';
import { z } from 'zod';

const EXPECTED =
  'Must be an existing time as YYYY-MM-DD HH:MM[:SS] (UTC) or ISO 8601 with Z or an offset, up to milliseconds, in the years 1970–9999.';

export const timestamp = z
  .string()
  .transform((text, context) => {
    const instant = parseInstant(text);
    if (instant !== undefined) return instant;
    context.addIssue({ code: 'custom', message: EXPECTED, params: { code: 'invalid-timestamp' } });
    return z.NEVER;
  })
  .meta({
    description:
      '`YYYY-MM-DD HH:MM[:SS]` read as UTC, or ISO 8601 with `Z` or an offset, up to milliseconds.',
    // As overrides, because zod leaves examples of transformed inputs out.
    override: {
      maxLength: TIMESTAMP_LENGTH_MAX,
      examples: ['2030-10-10 20:20', '2030-10-10T22:20:00.000+02:00'],
    },
  });

/** A time in a response: always UTC with milliseconds. */
export const timestampOut = z
  .string()
  .meta({ examples: ['2030-10-10T20:20:00.000Z'], override: { format: 'date-time' } });
