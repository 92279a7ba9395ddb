// Every route of the operators' port, with its parameters, bodies and responses. A test compares them with the router.

import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import {
  ORG_WEIGHT_MAX,
  orgResource,
  orgsQuery,
  orgWeight,
  quarantinedResource,
  quarantineQuery,
} from './admin-resource.ts';
import { keyResource, keysQuery, keyWithSecret, newKey } from './api-key.ts';
import { orgId, requestId } from './identifiers.ts';
import { json, JSON_TYPE, operation, page, problems } from './openapi-operation.ts';
import { adminServicePaths } from './openapi-service-paths.ts';
import { requestQuery } from './reading-queries.ts';
import { requestResource } from './request-resource.ts';

const codes = ['invalid-request', 'internal-error', 'unavailable'] as const;
const bodyCodes = ['malformed-json', 'body-too-large', 'unsupported-media-type', 'request-timeout'] as const;

const orgPath = z.object({ orgId });
const requestPath = z.object({ requestId });
const keyPath = z.object({
  keyId: z.string().meta({ description: 'The part of the key that is not secret; not the key itself.' }),
});

const orgAnswer = { ...problems(...codes), 200: json('The org as it is now.', orgResource) };

const pageHeaders = z.object({
  Link: z.string().optional().meta({ description: 'RFC 8288: `<…>; rel="next"`, while more follow.' }),
});

const orgPaths: ZodOpenApiPathsObject = {
  '/api/admin/orgs': {
    get: operation('listOrgs', 'Orgs', 'List the orgs that wait, are paused or have a weight', {
      description:
        'Longest waiting first, then idle ones by name. Other orgs are not listed; use `orgId` to read any org.',
      requestParams: { query: orgsQuery },
      responses: { ...problems(...codes), 200: json('The orgs.', z.array(orgResource)) },
    }),
  },
  '/api/admin/orgs/{orgId}/pause': {
    post: operation('pauseOrg', 'Orgs', 'Stop deciding the requests of an org', {
      description:
        'Requests are still accepted until the mailbox is full. Requests being decided now are finished. Idempotent.',
      requestParams: { path: orgPath },
      responses: orgAnswer,
    }),
  },
  '/api/admin/orgs/{orgId}/resume': {
    post: operation('resumeOrg', 'Orgs', 'Resume deciding the requests of an org, in order', {
      requestParams: { path: orgPath },
      responses: orgAnswer,
    }),
  },
  '/api/admin/orgs/{orgId}/weight': {
    put: operation(
      'setOrgWeight',
      'Orgs',
      `Set an org’s share of the workers, up to ${ORG_WEIGHT_MAX} times the default`,
      {
        requestParams: { path: orgPath },
        requestBody: { required: true, content: { [JSON_TYPE]: { schema: orgWeight } } },
        responses: { ...problems(...bodyCodes), ...orgAnswer },
      },
    ),
  },
};

const quarantinePaths: ZodOpenApiPathsObject = {
  '/api/admin/quarantine': {
    get: operation('listQuarantine', 'Quarantine', 'List quarantined requests, newest first', {
      requestParams: { query: quarantineQuery },
      responses: {
        ...problems(...codes, 'invalid-cursor'),
        200: { ...json('The quarantined requests.', z.array(quarantinedResource)), headers: pageHeaders },
      },
    }),
  },
  '/api/admin/quarantine/{requestId}/retry': {
    post: operation('retryQuarantined', 'Quarantine', 'Retry a quarantined request', {
      description:
        'Creates a new request at the end of the org’s queue; the outcome of the quarantined request never changes. A hold starts now and lasts as long as the original request specified. Repeating the call returns the same request.',
      requestParams: { path: requestPath },
      responses: {
        ...problems(...codes, 'not-found', 'not-retryable', 'mailbox-full'),
        200: json('It was already retried, and the retry is decided.', requestResource),
        202: json('Accepted; `Location` is the new request, on this port.', requestResource),
      },
    }),
  },
  '/api/admin/requests/{requestId}': {
    get: operation('getAnyRequest', 'Quarantine', 'Read a request of any org', {
      requestParams: { path: requestPath, query: requestQuery },
      responses: {
        ...problems(...codes, 'not-found'),
        200: json('The request, queued or decided.', requestResource),
      },
    }),
  },
};

const keyPaths: ZodOpenApiPathsObject = {
  '/api/admin/keys': {
    post: operation('createKey', 'Keys', 'Create a key for an org or an operator', {
      description: 'The key is shown only in this response.',
      requestBody: { required: true, content: { [JSON_TYPE]: { schema: newKey } } },
      responses: {
        ...problems(...codes, ...bodyCodes),
        201: json('Created; `Location` is the key’s resource.', keyWithSecret),
      },
    }),
    get: operation('listKeys', 'Keys', 'List keys, newest first, revoked and expired ones too', {
      requestParams: { query: keysQuery },
      responses: {
        ...problems(...codes, 'invalid-cursor'),
        200: { ...json('The keys.', z.array(keyResource)), headers: pageHeaders },
      },
    }),
  },
  '/api/admin/keys/{keyId}': {
    get: operation('getKey', 'Keys', 'Read the resource of a key', {
      requestParams: { path: keyPath },
      responses: { ...problems(...codes, 'not-found'), 200: json('The key.', keyResource) },
    }),
    delete: operation('revokeKey', 'Keys', 'Revoke a key permanently', {
      description:
        'Within 2 s every process refuses the key, and its streams and waiting requests end. Idempotent.',
      requestParams: { path: keyPath },
      responses: { ...problems(...codes, 'not-found'), 200: json('The key, revoked.', keyResource) },
    }),
  },
};

export const adminPaths: ZodOpenApiPathsObject = {
  ...orgPaths,
  ...quarantinePaths,
  ...keyPaths,
  ...adminServicePaths,
  '/metrics': { get: page('getMetrics', 'Prometheus metrics', 'text/plain') },
};
