// Routes behind their guards, in a separate app: which requests pass, when that is checked, and which routes
// are type errors.

import { ORG_SCOPES, type OrgScope } from '@slotline/contract';
import { describe, expect, it } from '@jest/globals';
import { createLogger } from '@slotline/runtime';
import express, { type RequestHandler } from 'express';
import request from 'supertest';
import { answerErrors } from '../http/answer-error.ts';
import { createApiMetrics } from '../metrics/metrics.ts';
import type { Access, Authenticate } from '../access/access.ts';
import { ANYONE, principalOf, type Principal } from '../access/principal.ts';
import { unauthenticated } from '../access/refusals.ts';
import { createAddRoute, open, read, webhooks, write } from './scoped-routes.ts';

function accessBy(authenticate: Authenticate): Access {
  return { authenticate, watch: () => () => undefined, close: async () => undefined };
}

function keyWith(...scopes: OrgScope[]): Principal {
  return { kind: 'org', keyId: 'k1', orgId: 'acme', scopes: new Set(scopes) };
}

const showKind: RequestHandler = (req, res) => {
  res.json(principalOf(req).kind);
};
const unreachable: RequestHandler = () => {
  throw new Error('the guard let it pass');
};

function appWith(access: Access) {
  const app = express();
  const route = createAddRoute(app, access);
  route('/api/appointments', { GET: read(showKind), POST: write(unreachable, showKind) });
  route('/healthz', { GET: open((_req, res) => void res.json('ok')) });
  app.use(
    answerErrors({ logger: createLogger({ app: 'test', level: 'silent' }), metrics: createApiMetrics() }),
  );
  return app;
}

describe('a guard', () => {
  it.each(['at once', 'later'])('judged %s, admits a principal with the scope of the route', async (when) => {
    const principal = keyWith('read');
    const access = accessBy(() => (when === 'later' ? Promise.resolve(principal) : principal));
    const answer = await request(appWith(access)).get('/api/appointments');
    expect([answer.status, answer.body]).toEqual([200, 'org']);
  });

  it.each(['at once', 'later'])(
    'judged %s, refuses a principal without the scope and names the scope',
    async (when) => {
      const principal = keyWith(...ORG_SCOPES.filter((scope) => scope !== 'write'));
      const access = accessBy(() => (when === 'later' ? Promise.resolve(principal) : principal));
      const answer = await request(appWith(access)).post('/api/appointments').send('not json');
      expect([answer.status, answer.headers['www-authenticate'], answer.body]).toEqual([
        403,
        'Bearer error="insufficient_scope", scope="write"',
        {
          type: 'urn:slotline:problem:insufficient-scope',
          title: expect.any(String),
          status: 403,
          detail: 'This endpoint requires the `write` scope.',
          instance: expect.any(String),
        },
      ]);
    },
  );

  it.each(['thrown', 'rejected'])('answers with a problem that authentication has %s', async (how) => {
    const access = accessBy(() => {
      if (how === 'thrown') throw unauthenticated();
      return Promise.reject(unauthenticated());
    });
    const answer = await request(appWith(access)).get('/api/appointments');
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer']);
  });

  it('authenticates by the header alone, for HEAD too, and not on an open route', async () => {
    const asked: unknown[] = [];
    const app = appWith(
      accessBy((...given) => {
        asked.push(given);
        return ANYONE;
      }),
    );
    await request(app).get('/healthz');
    await request(app).put('/api/appointments');
    await request(app).head('/api/appointments').set('Authorization', 'Bearer x');
    expect(asked).toEqual([['Bearer x']]);
  });
});

it('a method that a path does not have gets 405 with the allowed methods', async () => {
  const answer = await request(appWith(accessBy(() => ANYONE))).put('/api/appointments');
  expect([answer.status, answer.headers['allow']]).toEqual([405, 'GET, HEAD, POST']);
});

it('other methods of a shared path go on to the next matching route', async () => {
  const app = express();
  const route = createAddRoute(
    app,
    accessBy(() => ANYONE),
  );
  route('/api/appointments/batch', { POST: write(showKind) }, { isShared: true });
  route('/api/appointments/{id}', {
    GET: read((req, res) => void res.json(req.params)),
    DELETE: write(showKind),
  });
  app.use(
    answerErrors({ logger: createLogger({ app: 'test', level: 'silent' }), metrics: createApiMetrics() }),
  );
  expect((await request(app).post('/api/appointments/batch')).status).toBe(200);
  expect((await request(app).get('/api/appointments/batch')).body).toEqual({ id: 'batch' });
  const shared = await request(app).put('/api/appointments/batch');
  expect([shared.status, shared.headers['allow']]).toEqual([405, 'DELETE, GET, HEAD, POST']);
  const other = await request(app).put('/api/appointments/42');
  expect([other.status, other.headers['allow']]).toEqual([405, 'DELETE, GET, HEAD']);
});

it('a route without a line, of another scope than its line, or without one of its methods is not made', () => {
  const route = createAddRoute(
    express(),
    accessBy(() => ANYONE),
  );
  // @ts-expect-error -- no such line
  expect(() => route('/api/secrets', { GET: open(showKind) })).toThrow(/GET \/api\/secrets.*undefined/);
  // @ts-expect-error -- the line says read
  expect(() => route('/api/availability', { GET: webhooks(showKind) })).toThrow(/webhooks.*read/);
  // @ts-expect-error -- no line of this method
  expect(() => route('/api/availability', { DELETE: read(showKind) })).toThrow(/DELETE.*undefined/);
  // @ts-expect-error -- POST has a line too
  route('/api/appointments', { GET: read(showKind) });
  const named: RequestHandler<{ requestId: string }> = showKind as RequestHandler<unknown>;
  // @ts-expect-error -- the path has another parameter
  route('/api/appointments/{id}/history', { GET: read(named) });
});
