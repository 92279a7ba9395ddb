// Which package may import which. The rules apply to shipped code; tests may import whatever their package.json declares.

import { builtinModules } from 'node:module';
import path from 'node:path';
import { shippedOf, sourcesOf, type Repository, type Source } from './repository.ts';
import { roomOfPackage, ROOMS } from './rooms.ts';
import type { Rule } from './rule.ts';
import { importsOf, type Import } from './source-text.ts';

const isRelative = ({ from }: Import) => from.startsWith('.');
const isNode = ({ from }: Import) => from.startsWith('node:') || builtinModules.includes(from);

function packageName(from: string): string {
  return from.split('/', from.startsWith('@') ? 2 : 1).join('/');
}

function breaches(sources: Source[], isBreach: (found: Import, source: Source) => boolean): string[] {
  return sources.flatMap((source) =>
    importsOf(source.text)
      .filter((found) => isBreach(found, source))
      .map(({ from, line }) => `${source.path}:${line}: imports ${from}`),
  );
}

function resolved(source: Source, { from }: Import): string {
  return path.posix.join(path.posix.dirname(source.path), from);
}

export const everyRoomIsDrawn: Rule = {
  name: 'every folder with sources is a room with drawn arrows',
  because: 'a package without an entry in tests/house/rooms.ts can import anything',
  findBreaches: (repository) =>
    [...new Set(sourcesOf(repository).map(({ room }) => room))].filter((room) => ROOMS[room] === undefined),
};

export const arrowsAreKept: Rule = {
  name: 'a package imports only the packages its room may import',
  because:
    'core decides, Postgres remembers, Redis carries and apps do: each has to be changed without the others',
  findBreaches: (repository) =>
    breaches([...shippedOf(repository), ...testkit(repository)], ({ from }, { room }) => {
      const target = roomOfPackage(from);
      return target !== undefined && !(ROOMS[room]?.may.includes(target) ?? false);
    }),
};

export const npmPackagesAreListed: Rule = {
  name: 'core imports nothing, and contract, db, queue, webhook and embedded only their own trade',
  because: 'a dependency in the wrong room spreads to everything that imports the room',
  findBreaches: (repository) =>
    breaches(shippedOf(repository), (found, { room }) => {
      const rules = ROOMS[room];
      if (rules === undefined || isRelative(found) || found.from.startsWith('@slotline/')) return false;
      if (isNode(found)) return !rules.node;
      return rules.npm !== undefined && !rules.npm.includes(packageName(found.from));
    }),
};

export const onlyQueueNamesBullmq: Rule = {
  name: 'only packages/queue imports bullmq',
  because: 'the hazards of its jobs are met in one place',
  findBreaches: (repository) =>
    breaches(sourcesOf(repository), ({ from }, { room, isTest }) => {
      // The benchmarks' reference services show what others write with it.
      const isTold = room === 'packages/queue' || (isTest && (room === 'tests' || room === 'bench'));
      return packageName(from) === 'bullmq' && !isTold;
    }),
};

export const relativeImportsStayInside: Rule = {
  name: 'a relative import stays inside its package and names the file with its extension',
  because: 'a package is known by its index.ts alone, and Node runs the sources as they are',
  findBreaches: (repository) =>
    breaches(sourcesOf(repository), (found, source) => {
      if (!isRelative(found)) return false;
      return !resolved(source, found).startsWith(`${source.room}/`) || path.posix.extname(found.from) === '';
    }),
};

export const noCycles: Rule = {
  name: 'files of a package do not import each other in a circle',
  because: 'files in a circle can only be read, and tested, together',
  findBreaches(repository) {
    return circlesIn(new Map(shippedOf(repository).map((source) => [source.path, targets(source)])));
  },
};

export const noFolderCycles: Rule = {
  name: 'folders of a package do not import each other in a circle',
  because: 'folders in a circle are one folder, and none of them can be understood before the others',
  findBreaches(repository) {
    const arrows = new Map<string, string[]>();
    for (const source of shippedOf(repository)) {
      const folder = folderOf(source.path, source);
      const targetFolders = targets(source).map((target) => folderOf(target, source));
      // The root of a package has what starts it and what all of its folders share.
      const others = targetFolders.filter((target) => target !== folder && target !== `${source.room}/src`);
      if (folder !== `${source.room}/src`) arrows.set(folder, [...(arrows.get(folder) ?? []), ...others]);
    }
    return circlesIn(arrows);
  },
};

/** The first folder below `src`, or `src`. */
function folderOf(file: string, { room }: Source): string {
  const [first, ...rest] = file.slice(`${room}/src/`.length).split('/');
  return rest.length === 0 ? `${room}/src` : `${room}/src/${first}`;
}

/** Each circle once, from the node in it that comes first in the alphabet. */
function circlesIn(arrows: ReadonlyMap<string, string[]>): string[] {
  return [...arrows.keys()].flatMap((start) => {
    const circle = findCircle(arrows, start);
    return circle?.every((node) => start <= node) === true ? [[...circle, start].join(' → ')] : [];
  });
}

function targets(source: Source): string[] {
  return importsOf(source.text)
    .filter(isRelative)
    .map((found) => resolved(source, found));
}

/** The shortest way along the arrows from a file back to itself. */
function findCircle(arrows: ReadonlyMap<string, string[]>, start: string): string[] | undefined {
  const seen = new Set<string>();
  const ways = [[start]];
  for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
    for (const next of arrows.get(way.at(-1) ?? start) ?? []) {
      if (next === start) return way;
      if (!seen.has(next)) ways.push([...way, next]);
      seen.add(next);
    }
  }
  return undefined;
}

function testkit(repository: Repository): Source[] {
  return sourcesOf(repository).filter(({ room, isTest }) => room === 'packages/testkit' && !isTest);
}
