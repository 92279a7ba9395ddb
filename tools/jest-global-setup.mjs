// Starts the PostgreSQL and the Redis that all test files share. Jest is run by plain `node`, without the condition
// that makes our packages resolve to their TypeScript source, so that condition is added while they are loaded.
import { registerHooks } from 'node:module';

async function importTestServers() {
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, { ...context, conditions: ['source', ...context.conditions] }),
  });
  try {
    return await import('../packages/testkit/src/test-servers.ts');
  } finally {
    hooks.deregister();
  }
}

export default async function setup() {
  const { startTestServers } = await importTestServers();
  await startTestServers();
}

/** For the teardown: the same module, loaded already. */
export async function stopServers() {
  const { stopTestServers } = await importTestServers();
  await stopTestServers();
}
