// The rooms of the house and the arrows between them. An import that is not drawn here is a mistake, or a
// decision that belongs in docs/decisions first.

export interface Room {
  /** Folders of the packages it may import in what it ships. */
  readonly may: readonly string[];
  /** The npm packages it may import; left out where package.json alone decides. */
  readonly npm?: readonly string[];
  /** Whether it may import Node's own modules. */
  readonly node: boolean;
}

const PACKAGES = ['contract', 'core', 'db', 'queue', 'webhook', 'runtime', 'client', 'embedded'].map(
  (name) => `packages/${name}`,
);

export const ROOMS: Readonly<Record<string, Room>> = {
  'packages/core': { may: [], npm: [], node: false },
  'packages/contract': { may: ['packages/core'], npm: ['zod', 'zod-openapi'], node: true },
  'packages/db': { may: ['packages/core'], npm: ['kysely', 'pg'], node: true },
  'packages/queue': { may: [], npm: ['bullmq', 'ioredis'], node: true },
  'packages/webhook': {
    may: ['packages/core'],
    npm: ['ipaddr.js', 'standardwebhooks', 'undici'],
    node: true,
  },
  'packages/runtime': { may: [], node: true },
  'packages/embedded': { may: [], npm: [], node: true },
  'packages/client': { may: ['packages/contract'], npm: [], node: true },
  'packages/testkit': { may: [...PACKAGES, 'apps/api', 'apps/worker'], node: true },
  'apps/api': {
    may: ['contract', 'core', 'db', 'queue', 'webhook', 'runtime', 'client'].map(
      (name) => `packages/${name}`,
    ),
    node: true,
  },
  'apps/worker': {
    may: ['contract', 'core', 'db', 'queue', 'webhook', 'runtime'].map((name) => `packages/${name}`),
    node: true,
  },
  'apps/console': { may: ['packages/contract', 'packages/client'], node: false },
  'apps/cli': { may: PACKAGES, node: true },
  tests: { may: [...PACKAGES, 'packages/testkit', 'apps/api', 'apps/worker', 'apps/cli'], node: true },
  bench: { may: [...PACKAGES, 'packages/testkit'], node: true },
  'tools/follow-booking': { may: ['packages/testkit'], node: true },
};

/** `@slotline/api` → `apps/api`. */
export function roomOfPackage(name: string): string | undefined {
  const short = /^@slotline\/([^/]+)/.exec(name)?.[1];
  if (short === undefined) return undefined;
  if (short === 'tests' || short === 'bench') return short;
  if (short === 'follow-booking') return 'tools/follow-booking';
  const folder = ['api', 'worker', 'cli', 'console'].includes(short) ? 'apps' : 'packages';
  return `${folder}/${short}`;
}
