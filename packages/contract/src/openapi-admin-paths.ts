// Every route of the operators' port, with its parameters, bodies and answers. A test holds it against the router.

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
  keyId: z.string().meta({ description: 'Not the key: the part of it that is no secret.' }),
});

const orgAnswer = { ...problems(...codes), 200: json('The org as it is now.', orgResource) };

const pageHeaders = z.object({
  Link: z.string().optional().meta({ description: 'RFC 8288: `<…>; rel="next"`, while more follow.' }),
});

const orgPaths: ZodOpenApiPathsObject = {
  '/api/admin/orgs': {
    get: operation('listOrgs', 'Orgs', 'List the orgs that wait, are paused or have a weight', {
      description:
        'Longest waiting first, then idle ones by name. An org that is none of it is not listed; `orgId` shows any.',
      requestParams: { query: orgsQuery },
      responses: { ...problems(...codes), 200: json('The orgs.', z.array(orgResource)) },
    }),
  },
  '/api/admin/orgs/{orgId}/pause': {
    post: operation('pauseOrg', 'Orgs', 'Stop deciding the requests of an org', {
      description:
        'Requests are still accepted until the mailbox is full. What is being decided now is finished. Again is harmless.',
      requestParams: { path: orgPath },
      responses: orgAnswer,
    }),
  },
  '/api/admin/orgs/{orgId}/resume': {
    post: operation('resumeOrg', 'Orgs', 'Go on with an org, in order', {
      requestParams: { path: orgPath },
      responses: orgAnswer,
    }),
  },
  '/api/admin/orgs/{orgId}/weight': {
    put: operation('setOrgWeight', 'Orgs', `Give an org more of the workers, up to ${ORG_WEIGHT_MAX} times`, {
      requestParams: { path: orgPath },
      requestBody: { required: true, content: { [JSON_TYPE]: { schema: orgWeight } } },
      responses: { ...problems(...bodyCodes), ...orgAnswer },
    }),
  },
};

const quarantinePaths: ZodOpenApiPathsObject = {
  '/api/admin/quarantine': {
    get: operation('listQuarantine', 'Quarantine', 'List what could not be decided, newest first', {
      requestParams: { query: quarantineQuery },
      responses: {
        ...problems(...codes, 'invalid-cursor'),
        200: { ...json('What was set aside.', z.array(quarantinedResource)), headers: pageHeaders },
      },
    }),
  },
  '/api/admin/quarantine/{requestId}/retry': {
    post: operation('retryQuarantined', 'Quarantine', 'Try again what was set aside', {
      description:
        'Makes a new request at the end of the org’s line: the outcome of the quarantined one never changes. A hold lasts as long as was asked for, from now. Again gives the same request.',
      requestParams: { path: requestPath },
      responses: {
        ...problems(...codes, 'not-found', 'not-retryable', 'mailbox-full'),
        200: json('It was retried before and is decided.', requestResource),
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
    post: operation('createKey', 'Keys', 'Make a key for an org or an operator', {
      description: 'The key is in this answer and in no later one.',
      requestBody: { required: true, content: { [JSON_TYPE]: { schema: newKey } } },
      responses: {
        ...problems(...codes, ...bodyCodes),
        201: json('Made; `Location` is the key’s description.', keyWithSecret),
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
    get: operation('getKey', 'Keys', 'Read what is known of a key', {
      requestParams: { path: keyPath },
      responses: { ...problems(...codes, 'not-found'), 200: json('The key.', keyResource) },
    }),
    delete: operation('revokeKey', 'Keys', 'Revoke a key for ever', {
      description: 'Within 2 s no process takes it any more; streams and waits of it end. Again is harmless.',
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
