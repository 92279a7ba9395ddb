// What the package.json files may say. pnpm links only what is declared, so this is the first ring of the arrows.

import type { Repository } from './repository.ts';
import { roomOfPackage, ROOMS } from './rooms.ts';
import type { Rule } from './rule.ts';

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

function manifestsOf(repository: Repository): { file: string; manifest: Manifest }[] {
  return [...repository]
    .filter(([file]) => /^(?:(?:apps|packages|tools)\/[^/]+\/|tests\/|bench\/)?package\.json$/.test(file))
    .map(([file, text]) => ({ file, manifest: JSON.parse(text) as Manifest }));
}

export const manifestsDeclareTheirArrows: Rule = {
  name: 'a package.json declares as dependencies only the packages its room may import, and is named after it',
  because: 'pnpm then keeps every other package out of reach',
  findBreaches: (repository) =>
    manifestsOf(repository).flatMap(({ file, manifest }) => {
      const room = file.replace(/\/?package\.json$/, '');
      if (room === '') return [];
      if (roomOfPackage(manifest.name) !== room) return [`${file}: is named ${manifest.name}`];
      return Object.keys(manifest.dependencies ?? {})
        .map((name) => ({ name, target: roomOfPackage(name) }))
        .filter(({ target }) => target !== undefined && !(ROOMS[room]?.may.includes(target) ?? false))
        .map(({ name }) => `${file}: depends on ${name}`);
    }),
};

export const versionsAreExact: Rule = {
  name: 'a version in a package.json is exact, from the catalog, or the workspace',
  because: 'what was tested is what gets installed, here and in a year',
  findBreaches: (repository) =>
    manifestsOf(repository).flatMap(({ file, manifest }) =>
      [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies]
        .flatMap((group) => Object.entries(group ?? {}))
        .filter(([, version]) => !/^(?:\d+\.\d+\.\d+(?:-[\w.]+)?|catalog:|workspace:\*)$/.test(version))
        .map(([name, version]) => `${file}: ${name} ${version}`),
    ),
};
