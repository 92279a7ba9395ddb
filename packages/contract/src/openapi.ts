// The OpenAPI 3.1 document, generated from the schemas that validate. The routes stand in `openapi-paths.ts`.

import { createDocument } from 'zod-openapi';
import { adminPaths } from './openapi-admin-paths.ts';
import { guardedPaths, securitySchemes } from './openapi-guarded-paths.ts';
import { paths } from './openapi-paths.ts';

export const API_VERSION = '0.1.0';

const INTRODUCTION = `
Slotline takes bookings for many organisations at once. A booking is validated and answered with \`202\`; the
org's own line is decided in order, and the outcome is read by polling \`/api/requests/{id}\` or by waiting on
the POST with \`Prefer: wait=N\`. A refusal (\`conflict\`, \`ignored-stale\`) is an outcome, not a failure.

With \`holdSeconds\` a booking only holds its slot until it is confirmed; the service releases what is not. An atomic
batch changes several appointments of an org all together or not at all.

Who asks says so with \`Authorization: Bearer\` and a key or token of an org: \`read\` for what is read, \`write\` for what
is booked, \`webhooks\` for webhooks. It may leave \`orgId\` out; another org, and whatever belongs to one, is not there for
it (\`404\`). Without valid credentials the answer is \`401\`, without the scope \`403\`, whatever else was asked.

Retrying is always safe with the same \`Idempotency-Key\`. A \`4xx\` was not accepted and never will be (the \`409\` and
\`404\` of a request that was waited for are its outcome); after a \`5xx\` or a timeout the answer is unknown, so retry
with the same key.
`.trim();

export type OpenApiDocument = ReturnType<typeof createDocument>;

export function openApiDocument(): OpenApiDocument {
  return createDocument(
    {
      openapi: '3.1.0',
      info: { title: 'Slotline', version: API_VERSION, description: INTRODUCTION },
      servers: [{ url: '/' }],
      tags: [
        { name: 'Booking' },
        { name: 'Requests' },
        { name: 'Reading' },
        { name: 'Feeds' },
        { name: 'Webhooks' },
        { name: 'Service' },
      ],
      paths: guardedPaths(paths, 'public'),
      components: { securitySchemes },
    },
    // The metadata object says what it is by `override`; zod itself knows nothing of a custom schema.
    { allowEmptySchema: { custom: true } },
  );
}

const ADMIN_INTRODUCTION = `
The operators' port of Slotline. \`/api/admin\` takes a key with the scope \`admin\`; the rest takes none and is guarded by
the network: this port is not for clients.
`.trim();

/** The document of the operators' port. */
export function adminOpenApiDocument(): OpenApiDocument {
  return createDocument(
    {
      openapi: '3.1.0',
      info: { title: 'Slotline for operators', version: API_VERSION, description: ADMIN_INTRODUCTION },
      servers: [{ url: '/' }],
      tags: [{ name: 'Orgs' }, { name: 'Quarantine' }, { name: 'Keys' }, { name: 'Service' }],
      paths: guardedPaths(adminPaths, 'operators'),
      components: { securitySchemes },
    },
    { allowEmptySchema: { custom: true } },
  );
}
