// OWASP API2:2023 and API5:2023: every route of both ports authenticates first, accepts only its own scope, and gives
// the same answer to all invalid credentials.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { adminOpenApiDocument, openApiDocument, parseApiKey, SCOPES, type Scope } from '@slotline/contract';
import { openDatabase, revokeKey } from '@slotline/db';
import { makeKey, startSystem, type System } from '@slotline/testkit';
import { openCredentials, type Credentials } from './credentials.ts';
import { headerOf, send, type Answer, type Call } from './exchange.ts';
import { listOperations, type Operation } from './id-parameters.ts';

const PORTS = [
  { port: 'public', document: openApiDocument, urlOf: (system: System) => system.url },
  { port: 'admin', document: adminOpenApiDocument, urlOf: (system: System) => system.adminUrl },
] as const;

const MACHINES = PORTS.flatMap(({ port, document, urlOf }) =>
  listOperations(document).map((operation) => ({ port, urlOf, operation, name: operation.operationId })),
);
const GUARDED = MACHINES.filter(({ operation }) => operation.scope !== undefined);
const OPEN = MACHINES.filter(({ operation }) => operation.scope === undefined);

/** A call that only the guard can answer cleanly: unknown ids and a body that is not JSON. */
function callOf({ method, path }: Operation): Call {
  const filled = path.replaceAll(/\{\w+\}/g, '0199d4b0-0000-7000-8000-000000000000');
  return { method, path: `${filled}?no-such-parameter=1`, ...(method === 'GET' ? {} : { text: '{' }) };
}

const isGet = ({ operation }: { operation: Operation }) => operation.method === 'GET';

function problemOf({ body }: Answer): Record<string, unknown> {
  return JSON.parse(body) as Record<string, unknown>;
}

describe.each(['keys', 'jwt'] as const)('with AUTH=%s', (kind) => {
  let credentials: Credentials;
  let system: System;
  const keys = new Map<Scope, string>();
  let strangers: readonly string[];
  beforeAll(async () => {
    credentials = await openCredentials(kind);
    system = await startSystem({ workers: 0, environment: credentials.environment });
    for (const scope of SCOPES) {
      const whose = scope === 'admin' ? {} : { orgId: 'acme' };
      keys.set(scope, await credentials.make(system, { ...whose, scopes: [scope] }));
    }
    strangers = await listStrangers();
  });
  afterAll(async () => {
    await system.close();
    await credentials.close();
  });

  it.each(GUARDED)('$name on the $port port accepts its own scope only', async ({ operation, urlOf }) => {
    const { scope: needed = '' } = operation;
    for (const [scope, key] of keys) {
      const answer = await send(urlOf(system), callOf(operation), key);
      const isAdmitted = scope === needed || scope === 'admin';
      expect([scope, answer.status === 403]).toEqual([scope, !isAdmitted]);
      expect(answer.status).not.toBe(401);
      if (isAdmitted) continue;
      expect(headerOf(answer, 'www-authenticate')).toBe(
        `Bearer error="insufficient_scope", scope="${needed}"`,
      );
      expect(problemOf(answer)['type']).toBe('urn:slotline:problem:insufficient-scope');
    }
  });

  it.each(GUARDED.filter(isGet))('HEAD of $name is guarded like GET', async ({ operation, urlOf }) => {
    const call = { ...callOf(operation), method: 'HEAD' };
    const other = operation.scope === 'read' ? 'write' : 'read';
    expect((await send(urlOf(system), call)).status).toBe(401);
    expect((await send(urlOf(system), call, keys.get(other))).status).toBe(403);
  });

  it.each(GUARDED)(
    '$name on the $port port answers all invalid credentials alike',
    async ({ operation, urlOf }) => {
      const call = callOf(operation);
      const answers = await Promise.all(
        strangers.map((authorization) => send(urlOf(system), { ...call, headers: { authorization } })),
      );
      const queries = ['access_token', 'key', 'api_key', 'authorization'].map((name) => ({
        ...{ ...call, path: `${call.path}&${name}=${keys.get('admin') ?? ''}` },
      }));
      for (const asked of queries) answers.push(await send(urlOf(system), asked));
      const [answer] = answers;
      if (answer === undefined) throw new Error('there is no answer to compare');
      for (const other of answers) expect(other).toEqual(answer);
      expect([answer.status, headerOf(answer, 'www-authenticate')]).toEqual([401, 'Bearer']);
      expect(problemOf(answer)['type']).toBe('urn:slotline:problem:unauthenticated');
    },
  );

  it.each(OPEN)('$name on the $port port needs no credentials', async ({ operation, urlOf }) => {
    const call = { method: operation.method, path: operation.path };
    for (const authorization of ['', 'Bearer nonsense']) {
      const { status } = await send(urlOf(system), { ...call, headers: { authorization } });
      expect([authorization, status]).toEqual([authorization, 200]);
    }
  });

  it('unknown paths and methods are refused without authentication', async () => {
    for (const { urlOf } of PORTS) {
      const url = urlOf(system);
      expect((await send(url, { method: 'GET', path: '/api/secrets' })).status).toBe(404);
      expect((await send(url, { method: 'PUT', path: '/healthz' })).status).toBe(405);
    }
    expect((await send(system.url, { method: 'PUT', path: '/api/appointments' })).status).toBe(405);
  });

  /** Authorization headers without valid credentials; `''` sends none. */
  async function listStrangers(): Promise<string[]> {
    const good = keys.get('read') ?? '';
    const last = good.slice(-1) === 'A' ? 'B' : 'A';
    const expired = { orgId: 'acme', scopes: SCOPES.slice(0, 3), expiresAt: new Date(Date.now() - 60_000) };
    return [
      ...['', 'Bearer', 'Bearer ', 'nonsense', good, `Basic ${good}`, `Bearer ${good}, Bearer ${good}`],
      ...[`Bearer ${good}x`, `Bearer ${good.slice(0, -1)}`, `Bearer ${good.slice(0, -9)}${last.repeat(9)}`],
      ...[`Bearer ${good.toUpperCase()}`, 'Bearer slk_0123456789abcdef_', 'Bearer a.b.c'],
      `Bearer slk_0123456789abcdef_${'A'.repeat(43)}`,
      `Bearer ${await credentials.make(system, expired)}`,
      ...(kind === 'keys' ? [`Bearer ${await revokedKey()}`] : []),
    ];
  }

  async function revokedKey(): Promise<string> {
    const text = await makeKey(system, { orgId: 'acme', scopes: SCOPES.slice(0, 3) });
    const db = openDatabase({ url: system.databaseUrl, poolMax: 1 });
    await revokeKey(db, parseApiKey(text)?.keyId ?? '');
    await db.close();
    // A process that has cached the key learns of its revocation within a second.
    const call = { method: 'GET', path: '/api/appointments' };
    while ((await send(system.url, call, text)).status !== 401) continue;
    return text;
  }
});

it('with AUTH=none no route refuses a request for its credentials', async () => {
  const system = await startSystem({ workers: 0 });
  try {
    for (const { operation, urlOf } of GUARDED) {
      for (const authorization of ['', 'Bearer nonsense']) {
        const call = { ...callOf(operation), headers: { authorization } };
        const { status } = await send(urlOf(system), call);
        expect([operation.operationId, status === 401 || status === 403]).toEqual([
          operation.operationId,
          false,
        ]);
      }
    }
  } finally {
    await system.close();
  }
});
