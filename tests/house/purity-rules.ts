// What only some files may do: touch the process, know the environment, write SQL, look at the clock.

import path from 'node:path';
import { shippedOf, type Source } from './repository.ts';
import type { Rule } from './rule.ts';
import { findInCode, quotesOf } from './source-text.ts';

function places({ path: file, text }: Source, pattern: RegExp): string[] {
  return findInCode(text, pattern).map(({ found, line }) => `${file}:${line}: ${found}`);
}

function isNamed(source: Source, ...names: string[]): boolean {
  return names.includes(path.posix.basename(source.path));
}

export const onlyMainTouchesProcess: Rule = {
  name: 'only main.ts touches process',
  because: 'signals, exits and arguments belong to main.ts, and tests start the program without it',
  findBreaches: (repository) =>
    shippedOf(repository)
      // packages/embedded starts child processes, so it may read its user id and its environment.
      .flatMap((source) => {
        if (isNamed(source, 'main.ts')) return [];
        const ofTrade = source.room === 'packages/embedded' ? 'exit|argv|on|once|std\\w+' : '\\w+';
        return [
          ...places(source, new RegExp(`(?<![\\w$.])process\\??\\.(?:${ofTrade})\\b`, 'g')),
          ...places(source, /from 'node:process'/g),
        ];
      }),
};

export const onlyConfigKnowsTheEnvironment: Rule = {
  name: 'only config.ts knows the names of the environment, and only main.ts hands it over',
  because: 'every knob has to be found, explained and checked in one place',
  findBreaches: (repository) =>
    shippedOf(repository)
      .filter((source) => !isNamed(source, 'config.ts'))
      .flatMap((source) => [
        ...places(source, /\benv(?:\.|\[['"])[A-Z][A-Z0-9_]+/g),
        ...(isNamed(source, 'main.ts') ? [] : places(source, /(?<!\.\.\.)\bprocess\.env\b/g)),
      ]),
};

const SQL =
  /^\s*(?:select\s[\s\S]*\sfrom\s|select\s+\w+\(|insert\s+into\s|update\s+\w+\s+set\s|delete\s+from\s|with\s+\w+\s+as\s*\(|(?:create|alter|drop)\s+(?:unique\s+|temp\w*\s+)?(?:table|index|database|role|user|schema|extension|type|view)\s|truncate\s+\w|listen\s+\w+\s*$|set\s+local\s)/i;

/** Sets the password of a server of ours before it is started. It says nothing of a schema, and imports nothing. */
const BEFORE_ANY_SCHEMA = 'packages/embedded/src/protect-postgres.ts';

export const onlyDbWritesSql: Rule = {
  name: 'only packages/db writes SQL',
  because: 'locks, indexes and the shape of a plan are judged where the schema is known',
  findBreaches: (repository) =>
    shippedOf(repository)
      .filter(({ room, path: file }) => room !== 'packages/db' && file !== BEFORE_ANY_SCHEMA)
      .flatMap(({ path: file, text }) =>
        quotesOf(text)
          .filter((quote) => SQL.test(quote.text))
          .map((quote) => `${file}:${quote.line}: ${quote.text.trim().slice(0, 60)}`),
      ),
};

export const coreIsPure: Rule = {
  name: 'core looks at no clock, rolls no dice and starts nothing',
  because: 'a batch repeated after a crash has to decide what the lost one decided',
  findBreaches: (repository) =>
    shippedOf(repository)
      .filter(({ room }) => room === 'packages/core')
      .flatMap((source) =>
        places(
          source,
          /\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\bcrypto\b|\bperformance\b|\b(?:set(?:Timeout|Interval|Immediate)|queueMicrotask|fetch|async|await|console)\b/g,
        ),
      ),
};
