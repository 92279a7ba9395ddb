// Clients cannot set members that the service decides (OWASP API3:2023): a body with a member of any resource outside
// its own schema is refused by name and changes nothing. Answers show documented members only. The members come from
// the OpenAPI documents, so new routes and members are covered.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { adminOpenApiDocument, openApiDocument } from '@slotline/contract';
import { makeKey, startSystem, type System } from '@slotline/testkit';
import { DECIDED, makeWorld, slot, snapshot, type World } from './a-world.ts';
import { openCredentials, type Credentials } from './credentials.ts';
import { send, sendWell } from './exchange.ts';

interface JsonSchema {
  readonly properties?: Readonly<Record<string, unknown>>;
}
interface Operation {
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> };
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

const DOCUMENTS = [openApiDocument(), adminOpenApiDocument()] as unknown as readonly Document[];

/** Every member that any resource or body has, and what attackers try besides. */
const MEMBERS = new Set([
  ...DOCUMENTS.flatMap(({ components }) =>
    Object.values(components.schemas).flatMap(({ properties = {} }) => Object.keys(properties)),
  ),
  ...['sequence', 'secret', 'secretHash', 'isAdmin', 'role', 'createdBy', '_id', '$where'],
]);

interface Taker {
  readonly port: 'public' | 'admin';
  readonly path: (world: World) => string;
  readonly method: string;
  readonly body: (world: World) => Record<string, unknown>;
  /** Beyond those of `body`: what may be left out, or is documented as ignored. */
  readonly takes: readonly string[];
  /** How the body is sent; as it is unless said. */
  readonly wrap?: (body: object) => unknown;
}

const booking = () => ({ id: randomUUID(), resourceId: randomUUID(), ...slot(20) });
const CHOICES = ['orgId', 'callbackUrl', 'metadata', 'holdSeconds'];

/** Every operation that reads a JSON body. */
const TAKERS: Readonly<Record<string, Taker>> = {
  'POST /api/appointments': {
    ...{ port: 'public', method: 'POST', path: () => '/api/appointments' },
    ...{ body: booking, takes: CHOICES },
  },
  'POST /api/appointments/batch': {
    ...{ port: 'public', method: 'POST', path: () => '/api/appointments/batch' },
    ...{ body: booking, takes: [...CHOICES, 'op'], wrap: (item) => [item] },
  },
  'POST /api/appointments/{id}/confirm': {
    ...{ port: 'public', method: 'POST', path: ({ heldId }) => `/api/appointments/${heldId}/confirm` },
    ...{ body: () => ({}), takes: ['callbackUrl'] },
  },
  'POST /api/webhooks': {
    ...{ port: 'public', method: 'POST', path: () => '/api/webhooks' },
    ...{ body: () => ({ url: 'http://127.0.0.1:1/' }), takes: ['orgId', 'events', 'description'] },
  },
  'PATCH /api/webhooks/{id}': {
    ...{ port: 'public', method: 'PATCH', path: ({ endpointId }) => `/api/webhooks/${endpointId}` },
    ...{ body: () => ({ description: 'changed' }), takes: ['url', 'events', 'isEnabled'] },
  },
  'POST /api/admin/keys': {
    ...{ port: 'admin', method: 'POST', path: () => '/api/admin/keys' },
    ...{ body: () => ({ orgId: 'acme', scopes: ['read'] }), takes: ['name', 'expiresAt'] },
  },
  'PUT /api/admin/orgs/{orgId}/weight': {
    ...{ port: 'admin', method: 'PUT', path: ({ orgId }) => `/api/admin/orgs/${orgId}/weight` },
    ...{ body: () => ({ weight: 2 }), takes: [] },
  },
};

let system: System;
let credentials: Credentials;
let world: World;
let operator: string;
beforeAll(async () => {
  credentials = await openCredentials('keys');
  system = await startSystem({ environment: { ...credentials.environment, WEBHOOK_ALLOW_PRIVATE: 'true' } });
  world = await makeWorld(system, credentials);
  operator = await makeKey(system, { scopes: ['admin'] });
});
afterAll(async () => {
  await system.close();
  await credentials.close();
});

/** What a refused body must not change. Excludes deliveries, which may still be in flight from the case before. */
async function standing(): Promise<object> {
  return { ...((await snapshot(system.url, world)) as object), deliveries: 'not looked at' };
}

it('every operation that reads JSON is tested', () => {
  const readers = DOCUMENTS.flatMap(({ paths }) =>
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, { requestBody }]) =>
        requestBody?.content['application/json'] === undefined ? [] : [`${method.toUpperCase()} ${path}`],
      ),
    ),
  );
  expect(readers.toSorted()).toEqual(Object.keys(TAKERS).toSorted());
});

it.each(Object.entries(TAKERS))('%s refuses every member outside its schema', async (_name, taker) => {
  const [url, key] = taker.port === 'admin' ? [system.adminUrl, operator] : [system.url, world.key];
  const sent = (body: object) => {
    const call = { method: taker.method, path: taker.path(world), headers: { Prefer: 'wait=1' } };
    return send(url, { ...call, body: taker.wrap?.(body) ?? body }, key);
  };
  const before = await standing();
  const own = new Set([...Object.keys(taker.body(world)), ...taker.takes]);
  for (const member of [...MEMBERS].filter((name) => !own.has(name))) {
    const answer = await sent({ ...taker.body(world), [member]: 1 });
    expect([member, answer.status]).toEqual([member, 400]);
    expect(answer.body).toContain('unknown-field');
    expect(answer.body).toContain(`/${member}"`);
  }
  expect(await standing()).toEqual(before);
  // The body without the member is valid, so the member caused the refusal.
  expect((await sent(taker.body(world))).status).toBeLessThan(300);
});

it('an appointment shows the members that are documented, and no others', async () => {
  const path = `/api/appointments/${world.appointmentId}`;
  const shown = JSON.parse((await sendWell(system.url, { method: 'GET', path }, world.key)).body) as object;
  const documented = Object.keys(DOCUMENTS[0]?.components.schemas['Appointment']?.properties ?? {});
  expect(documented).toEqual(expect.arrayContaining(['id', 'version', 'recordedAt']));
  expect(documented).toEqual(expect.arrayContaining(Object.keys(shown)));
});

it('a request shows the members that are documented, and no others', async () => {
  const call = { method: 'POST', path: '/api/appointments', body: booking(), headers: DECIDED };
  const shown = JSON.parse((await sendWell(system.url, call, world.key)).body) as object;
  const documented = Object.keys(DOCUMENTS[0]?.components.schemas['Request']?.properties ?? {});
  expect(documented).toEqual(expect.arrayContaining(['requestId', 'outcome']));
  expect(documented).toEqual(expect.arrayContaining(Object.keys(shown)));
});
