// How files look from outside: their names, their heads, their length, what they export.

import path from 'node:path';
import { shippedOf, sourcesOf, type Source } from './repository.ts';
import type { Rule } from './rule.ts';
import { codeOf, findInCode, lineOf } from './source-text.ts';

export const FILE_LINES_MAX = 300;
export const FUNCTION_LINES_MAX = 70;

function places(sources: Source[], pattern: RegExp): string[] {
  return sources.flatMap(({ path: file, text }) =>
    findInCode(text, pattern).map(({ found, line }) => `${file}:${line}: ${found.replaceAll(/\s+/g, ' ')}`),
  );
}

const EMPTY_NAME = /^(?:utils?|helpers?|common|shared|types|services|repositories|dtos?|mappers?|misc)$/;

export const namesSaySomething: Rule = {
  name: 'no folder or file is called utils, helpers, common, shared, types, services, repositories, dto or mappers',
  because: 'such a name says what kind of code it is and not what it is about, so anything ends up there',
  findBreaches: (repository) =>
    sourcesOf(repository)
      .map((source) => source.path)
      .filter((file) =>
        file.split('/').some((part) => EMPTY_NAME.test(part.replace(/(?:\.test)?\.ts$/, ''))),
      ),
};

export const filesAreKebabCase: Rule = {
  name: 'file names are in kebab case',
  because: 'a name that differs only in case is two files on one machine and one on another',
  findBreaches: (repository) =>
    sourcesOf(repository)
      .map((source) => source.path)
      .filter((file) => !/^[a-z0-9]+(?:[-.][a-z0-9]+)*\.ts$/.test(path.posix.basename(file))),
};

export const identifiersAreWords: Rule = {
  name: 'nothing is called a Manager, an Impl, a Base or I-something',
  because: 'those words stand where the name of the thing should',
  findBreaches: (repository) =>
    places(
      sourcesOf(repository),
      /\b(?:class|interface|type|function|const|let)\s+(?:\w+(?:Manager|Impl)|I[A-Z][a-z]\w*|Base(?:[A-Z]\w*)?)\b/g,
    ),
};

export const exportsAreNamed: Rule = {
  name: 'nothing is exported as default',
  because: 'a default export has another name in every file that imports it',
  findBreaches: (repository) => places(sourcesOf(repository), /\bexport\s+default\b|\bas\s+default\b/g),
};

export const onlyIndexIsABarrel: Rule = {
  name: 'only the index.ts of a package hands on what other files export',
  because: 'one door per package shows what is public; more of them hide where a thing is made',
  findBreaches: (repository) =>
    places(
      sourcesOf(repository).filter(({ path: file, room }) => file !== `${room}/src/index.ts`),
      /\bexport\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})\s+from\s+['"]\.[^'"]*['"]/g,
    ),
};

export const filesIntroduceThemselves: Rule = {
  name: 'a source file opens with a comment',
  because:
    'a reader needs to know what it is, what it keeps and what it leaves to others before the first line',
  findBreaches: (repository) =>
    shippedOf(repository)
      .filter(({ text }) => !/^(?:#![^\n]*\n)?\s*(?:\/\/[^\S\n]*\S|\/\*[*\s]*[^*\s/])/.test(text))
      .map(({ path: file }) => `${file}:1`),
};

export const filesAreShort: Rule = {
  name: `no source file is longer than ${FILE_LINES_MAX} lines`,
  because: 'a file is one concept, and a longer one is two',
  findBreaches: (repository) =>
    shippedOf(repository)
      .map(({ path: file, text }) => ({ file, lines: text.trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > FILE_LINES_MAX)
      .map(({ file, lines }) => `${file}: ${lines} lines`),
};

export const functionsAreShort: Rule = {
  name: `no function is longer than ${FUNCTION_LINES_MAX} lines`,
  because: 'a longer one cannot be seen at once',
  findBreaches: (repository) => shippedOf(repository).flatMap(longFunctions),
};

/**
 * Functions by their braces: the line that opens one is a header (`) {`, `): T {`, `=> {`) and the line that
 * ends it closes the same brace. Says nothing of a function without braces, which is one expression.
 */
function longFunctions({ path: file, text }: Source): string[] {
  const code = codeOf(text);
  const found: string[] = [];
  const open: number[] = [];
  for (const { 0: brace, index } of code.matchAll(/[{}]/g)) {
    if (brace === '{') {
      open.push(index);
      continue;
    }
    const start = open.pop();
    if (start === undefined || !isFunctionHead(code.slice(0, start))) continue;
    const lines = lineOf(code, index) - lineOf(code, start) + 1;
    if (lines > FUNCTION_LINES_MAX) found.push(`${file}:${lineOf(code, start)}: ${lines} lines`);
  }
  return found;
}

function isFunctionHead(before: string): boolean {
  if (/=>\s*$/.test(before)) return true;
  const statement = before.slice(Math.max(before.lastIndexOf(';'), before.lastIndexOf('}')) + 1);
  return (
    /\)\s*(?::[^{}=]*)?$/.test(before) && !/\b(?:if|for|while|switch|catch|with)\s*\([^;{]*$/.test(statement)
  );
}
