// Identifiers chosen by clients. Bounded so that every index row stays far below PostgreSQL's limit.

import { z } from 'zod';
import { storableText } from './text.ts';

export const APPOINTMENT_ID_LENGTH_MAX = 200;
export const ORG_ID_LENGTH_MAX = 128;
/** The default org and resource of a request. */
export const DEFAULT_NAME = 'default';

/** Text, or a positive integer that is kept as its decimal text: `42` and `"42"` are one appointment. */
export const appointmentId = z
  .union([storableText({ min: 1, max: APPOINTMENT_ID_LENGTH_MAX }), z.int().positive()], {
    error: 'Must be a string or a positive integer.',
  })
  .transform(String)
  .meta({
    description: 'The client’s id of the appointment; unique within the org.',
    override: { examples: ['42'] },
  });

export const appointmentIdText = storableText({ min: 1, max: APPOINTMENT_ID_LENGTH_MAX });

export const orgId = storableText({ min: 1, max: ORG_ID_LENGTH_MAX }).meta({
  description: 'The owner of the calendars.',
  examples: ['acme'],
});

/** An optional org: defaults to the credential's org, or to `default` for requests without an org's credential. */
export const orgIdOrOwn = orgId.default(DEFAULT_NAME).meta({
  description:
    'The owner of the calendars. If omitted, the org of the credentials, or `default` without an org’s credentials.',
  examples: ['acme'],
  // A client that fills in defaults would name an org other than its own.
  override: ({ jsonSchema }) => delete jsonSchema.default,
});

export const resourceId = storableText({ min: 1, max: ORG_ID_LENGTH_MAX }).meta({
  description: 'One calendar within the org: a room or a person.',
  examples: ['room-1'],
});

export const requestId = z.uuid().meta({ description: 'Assigned by the service when it accepts a request.' });
