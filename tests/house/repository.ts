// The repository as the house rules see it: its own text files by path. Rules are functions of it, so a test
// can show them a made-up one.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Text by path from the root, with forward slashes. */
export type Repository = ReadonlyMap<string, string>;

export const REPOSITORY_DIR = fileURLToPath(new URL('../..', import.meta.url));

const NOT_OURS = new Set(['node_modules', 'dist', 'coverage', '.git', '.cache', '.slotline']);
const TEXT =
  /\.(?:ts|mts|mjs|cjs|js|json|md|sql|lua|ya?ml|sh|html|css|conf|toml|env|txt|example)$|^(?:\.[a-z]+rc|Dockerfile.*|LICENSE|\.gitignore|\.env.*)$/;

/** Reads every text file that is written by hand. */
export function readRepository(): Repository {
  const found = new Map<string, string>();
  const walk = (folder: string) => {
    for (const entry of readdirSync(path.join(REPOSITORY_DIR, folder), { withFileTypes: true })) {
      const name = path.posix.join(folder, entry.name);
      if (entry.isDirectory() && !NOT_OURS.has(entry.name)) walk(name);
      if (entry.isFile() && TEXT.test(entry.name) && entry.name !== 'pnpm-lock.yaml') {
        found.set(name, readFileSync(path.join(REPOSITORY_DIR, name), 'utf8'));
      }
    }
  };
  walk('');
  return found;
}

/** A TypeScript file of a workspace package. */
export interface Source {
  readonly path: string;
  readonly text: string;
  /** `packages/core`, `apps/api` …; `tests` and `bench` for everything below them. */
  readonly room: string;
  /** A test, or what only tests use. */
  readonly isTest: boolean;
}

export function sourcesOf(repository: Repository): Source[] {
  return [...repository].flatMap(([file, text]) => {
    const room = /^(?:(?:packages|apps|tools)\/[^/]+|tests|bench)(?=\/)/.exec(file)?.[0];
    if (room === undefined || !file.endsWith('.ts')) return [];
    const isTest = file.endsWith('.test.ts') || !file.startsWith(`${room}/src/`);
    return [{ path: file, text, room, isTest }];
  });
}

/** The sources that are shipped. */
export function shippedOf(repository: Repository): Source[] {
  return sourcesOf(repository).filter(({ isTest, room }) => !isTest && room !== 'packages/testkit');
}
