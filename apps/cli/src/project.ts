/**
 * Paths of this checkout. They are the same from `src` and `dist`, which have the same depth below the
 * project.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { HEAP_FLAGS } from '@slotline/runtime';

const here = path.dirname(fileURLToPath(import.meta.url));
const isSource = path.basename(here) === 'src';

export const PROJECT_DIR = path.resolve(here, '../../..');
/** A Redis server unpacked for this project. */
export const REDIS_BINARY_DIR = path.join(PROJECT_DIR, '.cache/redis');
export const MIGRATIONS_DIR = path.join(PROJECT_DIR, 'packages/db/migrations');

/** What the apps are made of. */
export const SOURCE_DIRS: readonly string[] = ['apps', 'packages'].map((dir) => path.join(PROJECT_DIR, dir));

/** Arguments for `node` that run an app in the same way as this command: from source or from the build. */
export function appArgs(app: 'api' | 'worker'): string[] {
  const dir = path.join(PROJECT_DIR, 'apps', app);
  const program = isSource
    ? ['--conditions=source', path.join(dir, 'src/main.ts')]
    : [path.join(dir, 'dist/main.js')];
  return [...HEAP_FLAGS, ...program];
}
