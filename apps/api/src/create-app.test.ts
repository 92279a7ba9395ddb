// OWASP API9:2023: the routers and the table of scopes have exactly the same routes, and every route begins
// with its guard. The apps themselves are inspected, so a route added outside of the table is found.

import { adminOpenApiDocument, openApiDocument, ROUTE_SCOPES } from '@slotline/contract';
import { expect, it } from '@jest/globals';
import { createLogger } from '@slotline/runtime';
import type { Express, Request, Response } from 'express';
import type { ApiContext } from './routes/api-context.ts';
import { createAdminApp } from './create-admin-app.ts';
import { createApp } from './create-app.ts';
import { createApiMetrics } from './metrics/metrics.ts';

/** Routes only store what they are given until they are called, and here every request is refused. */
function contextWith(authenticate: () => never): ApiContext {
  const context: Partial<ApiContext> = {
    access: { authenticate, watch: () => () => undefined, close: async () => undefined },
    http: { corsOrigins: [], trustProxy: false, isOpen: false },
    webhooks: { policy: { allowPrivate: false, ports: [443] }, secretsKey: undefined, keptDays: 30 },
    limits: undefined,
    logger: createLogger({ app: 'test', level: 'silent' }),
    metrics: createApiMetrics(),
    stopping: new AbortController().signal,
  };
  return context as ApiContext;
}

interface Layer {
  readonly route?: {
    readonly path: string;
    readonly stack: readonly {
      readonly method?: string;
      readonly handle: (req: Request, res: Response, next: () => void) => unknown;
    }[];
  };
}

/** The handlers of every `METHOD /path/{param}` of a router, in order. */
function handlersOf(app: Express) {
  const handlers = new Map<string, ((req: Request, res: Response, next: () => void) => unknown)[]>();
  for (const { route } of app.router.stack as unknown as readonly Layer[]) {
    for (const { method, handle } of route?.stack ?? []) {
      if (method === undefined) continue;
      const name = `${method.toUpperCase()} ${route?.path.replaceAll(/:(\w+)/g, '{$1}')}`;
      handlers.set(name, [...(handlers.get(name) ?? []), handle]);
    }
  }
  return handlers;
}

function documented(document: () => { paths?: object }): string[] {
  return Object.entries(document().paths ?? {}).flatMap(([path, methods]) =>
    Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path}`),
  );
}

it.each([
  ['public', createApp, openApiDocument],
  ['admin', createAdminApp, adminOpenApiDocument],
] as const)(
  'the %s port has the routes of its document, each behind the guard of its line',
  (_port, create, of) => {
    const refusal = new Error('no request is admitted');
    const handlers = handlersOf(
      create(
        contextWith(() => {
          throw refusal;
        }),
      ),
    );
    expect([...handlers.keys()].sort()).toEqual(documented(of).sort());
    for (const [route, [first]] of handlers) {
      const scope = (ROUTE_SCOPES as Readonly<Record<string, string>>)[route];
      expect([route, typeof scope]).toEqual([route, 'string']);
      if (scope === 'open') continue;
      const ask = () => first?.({ headers: {} } as Request, {} as Response, () => undefined);
      expect(ask).toThrow(refusal);
    }
  },
);

it.each([
  ['public', createApp, ['/api/docs']],
  ['admin', createAdminApp, []],
] as const)('the %s port has no other way in but its pages', (_port, create, mounted) => {
  const app = create(
    contextWith(() => {
      throw new Error('no request is admitted');
    }),
  );
  const layers = app.router.stack as unknown as readonly (Layer & {
    match(path: string): boolean;
    slash?: boolean;
  })[];
  const routers = layers.filter((layer) => layer.route === undefined && layer.slash !== true);
  expect(routers.map((layer) => mounted.filter((path) => layer.match(`${path}/x`)))).toEqual(
    mounted.map((path) => [path]),
  );
});
