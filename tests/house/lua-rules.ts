// What Lua files look like: they parse, name what they use, and document what they take and return.

import { type Chunk, type Identifier, parse } from 'luaparse';
import type { Repository } from './repository.ts';
import type { Rule } from './rule.ts';

const LUA = /^(?:packages|apps)\/[^/]+\/lua\/.*\.lua$/;
const INCLUDES = '/lua/includes/';
const DIRECTIVE = /^--- @(include|limit) "?([\w-]+)"?$/gm;
const HEADER = /^--\[\[([\s\S]*?)\]\]/;
/** What the Lua of Redis defines, as far as it is used here. */
const REDIS = ['redis', 'cjson', 'cmsgpack', 'math', 'string', 'table'];
const LUA_FUNCTIONS = ['ipairs', 'pairs', 'tonumber', 'tostring', 'type', 'unpack'];

interface LuaFile {
  readonly path: string;
  readonly text: string;
  /** Shared code, which a script includes. */
  readonly isInclude: boolean;
}

/** With `scope`, luaparse lists in `globals` each name that is used and not declared in the file. */
type Lua = Chunk & { readonly globals: readonly Identifier[] };

function luaOf(repository: Repository): LuaFile[] {
  return [...repository]
    .filter(([file]) => LUA.test(file))
    .map(([file, text]) => ({ path: file, text, isInclude: file.includes(INCLUDES) }));
}

function parseLua(text: string): Lua | Error {
  try {
    return parse(text, { luaVersion: '5.1', scope: true }) as Lua;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** The local functions and constants at the top level of a file. */
function declaredIn({ body }: Lua): string[] {
  return body.flatMap((statement) => {
    if (statement.type === 'LocalStatement') return statement.variables.map(({ name }) => name);
    if (statement.type !== 'FunctionDeclaration') return [];
    return statement.identifier?.type === 'Identifier' ? [statement.identifier.name] : [];
  });
}

/** Every directive of the file, with the names that it declares. */
function directivesOf(
  repository: Repository,
  { path: file, text }: LuaFile,
): { line: string; names: string[] }[] {
  const folder = file.slice(0, file.indexOf('/lua/'));
  return [...text.matchAll(DIRECTIVE)].map(([line, kind, name = '']) => {
    if (kind === 'limit') return { line, names: [name] };
    const lua = parseLua(repository.get(`${folder}${INCLUDES}${name}.lua`) ?? '');
    return { line, names: lua instanceof Error ? [] : declaredIn(lua) };
  });
}

export const luaParses: Rule = {
  name: 'a Lua file is valid Lua 5.1',
  because: 'Redis finds a mistake only when the script is first called',
  findBreaches: (repository) =>
    luaOf(repository).flatMap((file) => {
      const lua = parseLua(file.text);
      return lua instanceof Error ? [`${file.path}: ${lua.message}`] : [];
    }),
};

export const luaNamesWhatItUses: Rule = {
  name: 'a Lua file uses only what it declares, what it includes and what Redis defines',
  because: 'a variable of the including file is an argument that no signature shows',
  findBreaches: (repository) =>
    luaOf(repository).flatMap((file) => {
      const lua = parseLua(file.text);
      if (lua instanceof Error) return [];
      const directives = directivesOf(repository, file);
      // A script gives its includes what they need as parameters.
      const given = file.isInclude ? [] : ['KEYS', 'ARGV'];
      const known = new Set([
        ...REDIS,
        ...LUA_FUNCTIONS,
        ...given,
        ...directives.flatMap(({ names }) => names),
      ]);
      const used = lua.globals.map(({ name }) => name);
      const undeclared = used.filter((name) => !known.has(name));
      const unused = directives.filter(({ names }) => !names.some((name) => used.includes(name)));
      return [
        ...undeclared.map((name) => `${file.path}: ${name} is not declared`),
        ...unused.map(({ line }) => `${file.path}: nothing uses "${line}"`),
      ];
    }),
};

export const luaIncludesDeclare: Rule = {
  name: 'a Lua file that others include only declares local functions and constants',
  because: 'including it must not call Redis or change what the script does',
  findBreaches: (repository) =>
    luaOf(repository).flatMap((file) => {
      const lua = file.isInclude ? parseLua(file.text) : new Error();
      if (lua instanceof Error) return [];
      const others = lua.body.filter(
        (one) => one.type !== 'LocalStatement' && !(one.type === 'FunctionDeclaration' && one.isLocal),
      );
      const calls = lua.body.filter(
        (one) => one.type === 'LocalStatement' && one.init.some(({ type }) => type === 'CallExpression'),
      );
      return [...others, ...calls].map(({ type }) => `${file.path}: ${type}`);
    }),
};

export const luaScriptsHaveContracts: Rule = {
  name: 'a Lua script documents each key and argument it uses, and what it returns',
  because: 'its caller is in another language, and only the header says what both agree on',
  findBreaches: (repository) =>
    luaOf(repository)
      .filter(({ isInclude }) => !isInclude)
      .flatMap(({ path: file, text }) => {
        const header = HEADER.exec(text)?.[1] ?? '';
        const used = [...text.slice(header.length).matchAll(/\b(?:KEYS|ARGV)\[\d+\]/g)].map(([name]) => name);
        const missing = [...new Set([...used, 'Returns'])].filter((name) => !header.includes(name));
        return missing.map((name) => `${file}: ${name}`);
      }),
};
