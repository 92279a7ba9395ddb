// The document is checked by a third-party validator, and its operations against a hand-written list: a changed
// route, operation id or status breaks clients, so it must be changed here deliberately.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { ROUTE_SCOPES } from './access.ts';
import { adminOpenApiDocument, API_VERSION, openApiDocument } from './openapi.ts';
import { PROBLEMS } from './problem.ts';

const document = JSON.parse(JSON.stringify(openApiDocument())) as OpenApi;

// A type, not an interface: only a type passes for the validator's open record.
type OpenApi = {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown> };
};
interface Operation {
  operationId: string;
  parameters?: { name: string; in: string; required?: boolean; schema?: { default?: unknown } }[];
  security?: unknown;
  responses: Record<string, unknown>;
}

const GOLDEN = `
bookAppointment    POST   /api/appointments              200 201 202 400 401 403 404 408 409 413 415 421 422 429 500 503
listAppointments   GET    /api/appointments              200 400 401 403 404 409 421 429 500 503
bookBatch          POST   /api/appointments/batch        200 202 400 401 403 404 408 409 413 415 421 422 429 500 503
cancelAppointment  DELETE /api/appointments/{id}         200 202 400 401 403 404 408 421 422 429 500 503
getAppointment     GET    /api/appointments/{id}         200 304 400 401 403 404 409 421 429 500 503
confirmAppointment POST   /api/appointments/{id}/confirm 200 202 400 401 403 404 408 409 413 415 421 422 429 500 503
getHistory         GET    /api/appointments/{id}/history 200 400 401 403 404 409 421 429 500 503
getRequest         GET    /api/requests/{requestId}      200 400 401 403 404 421 429 500 503
getCalendar        GET    /api/appointments.ics          200 304 400 401 403 404 409 421 429 500 503
listFreeIntervals  GET    /api/availability              200 400 401 403 404 409 421 429 500 503
listChanges        GET    /api/changes                   200 400 401 403 404 409 421 429 500 503
streamChanges      GET    /api/changes/stream            200 400 401 403 404 409 421 429 500 503
listRequests       GET    /api/requests                  200 400 401 403 404 421 429 500 503
streamRequest      GET    /api/requests/{requestId}/events 200 204 400 401 403 404 421 429 500 503
registerEndpoint   POST   /api/webhooks                  201 400 401 403 404 408 409 413 415 421 429 500 503
listEndpoints      GET    /api/webhooks                  200 400 401 403 404 421 429 500 503
getEndpoint        GET    /api/webhooks/{id}             200 400 401 403 404 421 429 500 503
changeEndpoint     PATCH  /api/webhooks/{id}             200 400 401 403 404 408 409 413 415 421 429 500 503
deleteEndpoint     DELETE /api/webhooks/{id}             204 400 401 403 404 409 421 429 500 503
rotateSecret       POST   /api/webhooks/{id}/rotate-secret 200 400 401 403 404 421 429 500 503
pingEndpoint       POST   /api/webhooks/{id}/ping        202 400 401 403 404 409 421 429 500 503
recoverDeliveries  POST   /api/webhooks/{id}/recover     202 400 401 403 404 409 421 429 500 503
listDeliveries     GET    /api/webhooks/{id}/deliveries  200 400 401 403 404 421 429 500 503
getDelivery        GET    /api/webhooks/{id}/deliveries/{deliveryId} 200 400 401 403 404 421 429 500 503
redeliver          POST   /api/webhooks/{id}/deliveries/{deliveryId}/redeliver 202 400 401 403 404 421 429 500 503
getOpenApi         GET    /api/openapi.json              200 421 503
getDocs            GET    /api/docs                      200 421 503
getHealth          GET    /healthz                       200 421
getReadiness       GET    /readyz                        200 421 503
`;

function operations(): { path: string; method: string; operation: Operation }[] {
  return operationsOf(document);
}

function operationsOf(of: unknown): { path: string; method: string; operation: Operation }[] {
  return Object.entries((of as OpenApi).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
}

function lines(text: string): string[] {
  return text
    .trim()
    .split('\n')
    .map((line) => line.replaceAll(/\s+/g, ' '))
    .sort();
}

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1, and every reference in it resolves', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(document));
    expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
    expect(validator.version).toBe('3.1');
    // Throws on a reference that leads nowhere.
    expect(() => validator.resolveRefs()).not.toThrow();
  });

  it('lists the published operations with their statuses', () => {
    const listed = operations().map(({ path, method, operation }) =>
      [operation.operationId, method, path, ...Object.keys(operation.responses)].join(' '),
    );
    expect(listed.sort()).toEqual(lines(GOLDEN));
  });

  it('declares exactly the path parameters of every path', () => {
    for (const { path, operation } of operations()) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = (operation.parameters ?? []).filter((one) => one.in === 'path');
      expect([path, declared.map(({ name }) => name)]).toEqual([path, named]);
      expect(declared.every(({ required }) => required)).toBe(true);
    }
  });

  it.each([
    ['public', openApiDocument],
    ['admin', adminOpenApiDocument],
  ])(
    'says of every operation of the %s port which scope it needs, and what the guard answers',
    (port, of) => {
      for (const { path, method, operation } of operationsOf(of())) {
        const scope = (ROUTE_SCOPES as Record<string, string>)[`${method} ${path}`];
        const { security, responses } = operation;
        const refusals = ['401', '403', '421'].filter((status) => status in responses);
        const pages = port === 'admin' ? ['403'] : [];
        expect([path, method, security, refusals]).toEqual(
          scope === 'open'
            ? [path, method, [], [...pages, '421']]
            : [path, method, [{ bearer: [scope] }], ['401', '403', '421']],
        );
      }
    },
  );

  it('describes every route that has a scope', () => {
    const described = [openApiDocument(), adminOpenApiDocument()].flatMap((one) =>
      operationsOf(one).map(({ path, method }) => `${method} ${path}`),
    );
    expect([...new Set(described)].sort()).toEqual(Object.keys(ROUTE_SCOPES).sort());
  });

  it('has no default for orgId, which clients might fill in with another org', () => {
    expect(JSON.stringify(document)).not.toMatch(/"orgId":\{[^}]*"default"/);
    const named = operations().flatMap(({ operation }) => operation.parameters ?? []);
    const orgs = named.filter(({ name }) => name === 'orgId');
    expect(orgs.length).toBeGreaterThan(5);
    expect(orgs.filter(({ schema }) => schema?.default !== undefined)).toEqual([]);
  });

  it('contains only statuses of the problem table', () => {
    const known = new Set([200, 201, 202, 204, 304, ...Object.values(PROBLEMS).map(({ status }) => status)]);
    const shown = operations().flatMap(({ operation }) => Object.keys(operation.responses).map(Number));
    expect(shown.filter((status) => !known.has(status))).toEqual([]);
  });
});

it('states the version of the release', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  expect(API_VERSION).toBe(manifest.version);
});
