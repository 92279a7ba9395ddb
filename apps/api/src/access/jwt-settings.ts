// Parses the settings of AUTH=jwt that are not plain text. `config.ts` maps them to variables.

import { ORG_SCOPES } from '@slotline/contract';
import { z } from 'zod';

/**
 * One scope as defined in RFC 6749, 3.3. A scope of orgs is refused: any token without an org would be an
 * operator's.
 */
export const operatorScope = z
  .string()
  .regex(
    /^[\x21\x23-\x5b\x5d-\x7e]+$/,
    'must be one scope: printable ASCII without blanks, quotes or backslashes',
  )
  .refine(
    (scope) => !(ORG_SCOPES as readonly string[]).includes(scope),
    `must be another scope than ${ORG_SCOPES.join(', ')}, which orgs have`,
  );

/** A media type with or without `application/` before it (RFC 7515, 4.1.9). */
export const mediaType = z
  .string()
  .regex(/^[\w!#$&^.+-]+(?:\/[\w!#$&^.+-]+)?$/, 'must be a media type such as at+jwt');
