// The document of the operators' port is checked by a third-party validator, and its operations against a hand-written
// list, because a change here breaks the scripts of operators.

import { expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { adminOpenApiDocument } from './openapi.ts';

// A type, not an interface: only a type passes for the validator's open record.
type Document = {
  paths: Record<string, Record<string, Operation>>;
};
interface Operation {
  operationId: string;
  parameters?: { name: string; in: string; required?: boolean }[];
  responses: Record<string, unknown>;
}

const document = JSON.parse(JSON.stringify(adminOpenApiDocument())) as Document;

const GOLDEN = `
listOrgs         GET    /api/admin/orgs                             200 400 401 403 421 500 503
pauseOrg         POST   /api/admin/orgs/{orgId}/pause               200 400 401 403 421 500 503
resumeOrg        POST   /api/admin/orgs/{orgId}/resume              200 400 401 403 421 500 503
setOrgWeight     PUT    /api/admin/orgs/{orgId}/weight              200 400 401 403 408 413 415 421 500 503
listQuarantine   GET    /api/admin/quarantine                       200 400 401 403 421 500 503
retryQuarantined POST   /api/admin/quarantine/{requestId}/retry     200 202 400 401 403 404 409 421 429 500 503
getAnyRequest    GET    /api/admin/requests/{requestId}             200 400 401 403 404 421 500 503
createKey        POST   /api/admin/keys                             201 400 401 403 408 413 415 421 500 503
listKeys         GET    /api/admin/keys                             200 400 401 403 421 500 503
getKey           GET    /api/admin/keys/{keyId}                     200 400 401 403 404 421 500 503
revokeKey        DELETE /api/admin/keys/{keyId}                     200 400 401 403 404 421 500 503
getOpenApi       GET    /api/openapi.json                           200 403 421
getHealth        GET    /healthz                                    200 403 421
getReadiness     GET    /readyz                                     200 403 421 503
getMetrics       GET    /metrics                                    200 403 421
`;

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);

function lines(text: string): string[] {
  return text
    .trim()
    .split('\n')
    .map((line) => line.replaceAll(/\s+/g, ' '))
    .sort();
}

it('is valid OpenAPI 3.1, and every reference in it resolves', async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone(document));
  expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
  expect(() => validator.resolveRefs()).not.toThrow();
});

it('lists the published operations with their statuses', () => {
  const listed = operations.map(({ path, method, operation }) =>
    [operation.operationId, method, path, ...Object.keys(operation.responses)].join(' '),
  );
  expect(listed.sort()).toEqual(lines(GOLDEN));
});

it('declares exactly the path parameters of every path', () => {
  for (const { path, operation } of operations) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const declared = (operation.parameters ?? []).filter((one) => one.in === 'path');
    expect([path, declared.map(({ name }) => name)]).toEqual([path, named]);
    expect(declared.every(({ required }) => required)).toBe(true);
  }
});

it('gives no two operations one id', () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
});
