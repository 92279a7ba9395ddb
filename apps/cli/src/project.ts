/** Where this checkout keeps its things. The same from `src` and from `dist`: both are two folders below the project. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { HEAP_FLAGS } from '@slotline/runtime';

const here = path.dirname(fileURLToPath(import.meta.url));
const isSource = path.basename(here) === 'src';

export const PROJECT_DIR = path.resolve(here, '../../..');
/** A Redis server unpacked for this project. */
export const REDIS_BINARY_DIR = path.join(PROJECT_DIR, '.cache/redis');
export const MIGRATIONS_DIR = path.join(PROJECT_DIR, 'packages/db/migrations');

/** Arguments for `node` that run an app the way this command runs itself: from source, or from what was built. */
export function appArgs(app: 'api' | 'worker'): string[] {
  const dir = path.join(PROJECT_DIR, 'apps', app);
  const program = isSource
    ? ['--conditions=source', path.join(dir, 'src/main.ts')]
    : [path.join(dir, 'dist/main.js')];
  return [...HEAP_FLAGS, ...program];
}
