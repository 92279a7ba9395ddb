// What any text of the repository may say: links that lead somewhere, and nothing of the machine it was written on.

import path from 'node:path';
import type { Repository } from './repository.ts';
import type { Rule } from './rule.ts';
import { commentsOf, lineOf } from './source-text.ts';

const DOCUMENT =
  /^[A-Z]+\.md$|^(?:docs|deploy|examples|bench)\/.*\.md$|^(?:apps|packages)\/[^/]+\/README\.md$/;
const LINK = /\[[^\]\n]*\]\((?!\w+:|#)<?([^)\s>#]+)[^)\n]*\)/g;

export const linksLeadSomewhere: Rule = {
  name: 'a relative link in the documentation points at a file that exists',
  because: 'a reader who finds a dead link trusts the next page less',
  findBreaches: (repository) =>
    [...repository]
      .filter(([file]) => DOCUMENT.test(file))
      .flatMap(([file, text]) =>
        [...withoutFences(text).matchAll(LINK)]
          .filter(({ 1: target = '' }) => !exists(repository, file, target))
          .map(({ 1: target, index }) => `${file}:${lineOf(text, index)}: ${target}`),
      ),
};

function withoutFences(text: string): string {
  return text.replaceAll(/^ *(```|~~~)[\s\S]*?^ *\1/gm, (fence) => fence.replaceAll(/[^\n]/g, ' '));
}

function exists(repository: Repository, file: string, target: string): boolean {
  const from = target.startsWith('/') ? '' : path.posix.dirname(file);
  const found = path.posix.join(from, decodeURIComponent(target)).replace(/\/$/, '');
  return repository.has(found) || [...repository.keys()].some((known) => known.startsWith(`${found}/`));
}

const SOURCE = /(?<![\w/.-])(?:apps|packages|tests|tools|bench)\/(?:[\w.-]+\/)*[\w.-]*\w/g;
/** Documents of the past may name what is gone. */
const HISTORY = /^CHANGELOG\.md$|^bench\/results\//;

export const namedSourcesExist: Rule = {
  name: 'a file or folder of the project that a document names exists',
  because: 'a document that names what is gone describes an earlier version',
  findBreaches: (repository) =>
    [...repository]
      .filter(([file]) => DOCUMENT.test(file) && !HISTORY.test(file))
      .flatMap(([file, text]) =>
        [...text.matchAll(SOURCE)]
          .filter(({ 0: named }) => !named.includes('/dist/') && !exists(repository, '', named))
          .map(({ 0: named, index }) => `${file}:${lineOf(text, index)}: ${named}`),
      ),
};

const MACHINE =
  /(?<![\w.}/-])\/(?:work|tmp|root|home|Users)\/[\w.-]+|\bregistry\.(?:npmjs|yarnpkg|npmmirror)\.\w+|\bregistry\s*=\s*https?:|\bnpm\.pkg\.github\.com/g;

export const nothingNamesTheMachine: Rule = {
  name: 'no line names a folder of one machine or the host of a package registry',
  because: 'it works there and nowhere else',
  findBreaches: (repository) =>
    [...repository].flatMap(([file, text]) =>
      [...text.matchAll(MACHINE)].map(({ 0: found, index }) => `${file}:${lineOf(text, index)}: ${found}`),
    ),
};

const PLAIN_WORDS_PER_USE = 10_000;
const UNPLAIN = new RegExp(
  String.raw`\b(?:${[
    ...['whoever', 'whomever', 'whom', 'nobody', 'somebody', 'everybody', 'anybody', 'no one'],
    ...['anew', 'hence', 'thereof', 'for ever', 'in vain', 'at hand', 'so many', 'meanwhile'],
  ]
    // A phrase may be broken at the end of a line, but not across an empty one.
    .map((word) => word.replace(' ', String.raw`[^\S\n]*(?:[^\S\n]|\n)[^\S\n]*`))
    .join('|')})\b`,
  'gi',
);

export const proseUsesPlainEnglish: Rule = {
  name: 'prose uses plain English',
  because: `comments and documents are read by developers of every first language, so each of these words may occur at most once in ${PLAIN_WORDS_PER_USE} words`,
  findBreaches: (repository) => {
    const prose = [...repository].flatMap(([file, text]) => proseOf(file, text));
    const words = prose.reduce((sum, { text }) => sum + (text.match(/[a-z][\w'’-]*/gi)?.length ?? 0), 0);
    const places = Map.groupBy(
      prose.flatMap(({ file, text }) =>
        [...text.matchAll(UNPLAIN)].map(({ 0: found, index }) => ({
          word: found.toLowerCase().replaceAll(/\s+/g, ' '),
          place: `${file}:${lineOf(text, index)}`,
        })),
      ),
      ({ word }) => word,
    );
    return [...places]
      .filter(([, uses]) => uses.length * PLAIN_WORDS_PER_USE > words)
      .map(
        ([word, uses]) =>
          `${uses.map(({ place }) => place).join(', ')}: "${word}" (${uses.length} in ${words} words)`,
      );
  },
};

function proseOf(file: string, text: string): { file: string; text: string }[] {
  if (file === 'CHANGELOG.md' || file.startsWith('bench/results/')) return [];
  if (file.endsWith('.md')) return [{ file, text: withoutFences(text) }];
  return file.endsWith('.ts') ? [{ file, text: commentsOf(text) }] : [];
}
