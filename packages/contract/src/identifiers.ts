// The names that clients give to things. Bounded so that every index row stays far below PostgreSQL's limit.

import { z } from 'zod';
import { storableText } from './text.ts';

export const APPOINTMENT_ID_LENGTH_MAX = 200;
export const ORG_ID_LENGTH_MAX = 128;
/** The org and the resource of a request that names none. */
export const DEFAULT_NAME = 'default';

/** Text, or a positive integer that is kept as its decimal text: `42` and `"42"` are one appointment. */
export const appointmentId = z
  .union([storableText({ min: 1, max: APPOINTMENT_ID_LENGTH_MAX }), z.int().positive()], {
    error: 'Must be a string or a positive integer.',
  })
  .transform(String)
  .meta({
    description: 'The client’s own id of the appointment; unique inside the org.',
    override: { examples: ['42'] },
  });

export const appointmentIdText = storableText({ min: 1, max: APPOINTMENT_ID_LENGTH_MAX });

export const orgId = storableText({ min: 1, max: ORG_ID_LENGTH_MAX }).meta({
  description: 'The owner of the calendars.',
  examples: ['acme'],
});

/** An org that may be left out: an org's credential means its own one then, and everybody else `default`. */
export const orgIdOrOwn = orgId.default(DEFAULT_NAME).meta({
  description:
    'The owner of the calendars. Left out: the org of the credentials, `default` for who has none.',
  examples: ['acme'],
  // A client that fills defaults in would name an org that is not its own.
  override: ({ jsonSchema }) => delete jsonSchema.default,
});

export const resourceId = storableText({ min: 1, max: ORG_ID_LENGTH_MAX }).meta({
  description: 'One calendar inside the org: a room, a person.',
  examples: ['room-1'],
});

export const requestId = z.uuid().meta({ description: 'Given by the service when it accepts a request.' });
