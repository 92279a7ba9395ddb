// The table of packages in ARCHITECTURE.md shows the arrows of rooms.ts, so that a reader does not need the code.

import { sourcesOf, type Repository } from './repository.ts';
import { ROOMS, type Room } from './rooms.ts';
import type { Rule } from './rule.ts';

const FILE = 'ARCHITECTURE.md';
/** The package, what it does (not compared), the packages and the npm packages that it may import. */
const ROW = /^\| `([a-z/-]+)` *\|[^|\n]*\|([^|\n]*)\|([^|\n]*)\|$/gm;

export const architectureShowsArrows: Rule = {
  name: 'the table of packages in ARCHITECTURE.md is that of tests/house/rooms.ts',
  because: 'a second list of what may import what is wrong as soon as one of them changes',
  findBreaches(repository) {
    const text = repository.get(FILE);
    if (text === undefined) return [];
    const found = [...text.matchAll(ROW)].map(([, ...cells]) => toRow(cells.map((cell) => cell.trim())));
    const expected = expectedRows(repository);
    if (found.toSorted().join('\n') === expected.toSorted().join('\n')) return [];
    const shown = expected.map((row) => `| ${row.replace(' | ', ' | … | ')} |`).join('\n');
    return [`${FILE}: expected these rows, in any order, with the second column as it is:\n${shown}`];
  },
};

function toRow([room = '', packages = '', npm = '']: readonly string[]): string {
  return `\`${room}\` | ${packages} | ${npm}`;
}

/** Of the packages that exist: rooms.ts may know some that are still to come. */
function expectedRows(repository: Repository): string[] {
  const there = new Set(sourcesOf(repository).map(({ room }) => room));
  return Object.entries(ROOMS)
    .filter(([name]) => there.has(name))
    .map(([name, room]) => toRow([name, packagesOf(room, there), npmOf(room)]));
}

function packagesOf({ may }: Room, there: ReadonlySet<string>): string {
  const names = may.filter((name) => there.has(name)).map((name) => name.replace(/^\w+\//, ''));
  return names.length === 0 ? 'none' : names.join(', ');
}

function npmOf({ npm, node }: Room): string {
  const names = npm === undefined ? 'those of its package.json' : npm.join(', ') || 'none';
  return node ? names : `${names}; no \`node:\``;
}
