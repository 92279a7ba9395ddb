// The OpenAPI 3.1 document, generated from the schemas that validate. The routes are in `openapi-paths.ts`.

import { createDocument } from 'zod-openapi';
import { adminPaths } from './openapi-admin-paths.ts';
import { guardedPaths, securitySchemes } from './openapi-guarded-paths.ts';
import { paths } from './openapi-paths.ts';

export const API_VERSION = '0.2.0';

const INTRODUCTION = `
Slotline accepts bookings for many organisations. A booking is validated and answered with \`202\`. The requests of
an org are decided in order; read the outcome by polling \`/api/requests/{id}\`, or wait for it on the POST with
\`Prefer: wait=N\`. A refusal (\`conflict\`, \`ignored-stale\`) is an outcome, not a failure.

With \`holdSeconds\` a booking only holds its slot until it is confirmed; the service releases holds that are not
confirmed in time. An atomic batch changes several appointments of an org all together or not at all.

Requests authenticate with \`Authorization: Bearer\` and a key or token of an org. The scopes are \`read\` for reading,
\`write\` for bookings and \`webhooks\` for webhooks. With an org's credentials \`orgId\` may be omitted; other orgs and
their data are not visible (\`404\`). Without valid credentials every request gets \`401\`, without the required scope
\`403\`, whatever else is wrong with it.

Retrying is always safe with the same \`Idempotency-Key\`. A request answered with \`4xx\` was not accepted (except that the \`409\`
or \`404\` of a request with \`Prefer: wait\` is its outcome). After a \`5xx\` or a timeout the result is unknown: retry
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
    // The metadata schema describes itself with `override`; zod cannot describe a custom schema.
    { allowEmptySchema: { custom: true } },
  );
}

const ADMIN_INTRODUCTION = `
The operators' port of Slotline. \`/api/admin\` requires a key with the scope \`admin\`. The other endpoints require no
credentials and must be protected by the network: do not expose this port to clients.
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
