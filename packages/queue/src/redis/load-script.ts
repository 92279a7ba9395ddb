/**
 * Loads the Lua scripts of the folder `lua` and runs them by hash. A script's header documents its keys,
 * arguments and replies. Two kinds of lines are replaced, each once per script:
 *
 *   --- @include "partition"  by the file `includes/partition.lua`: local functions that take what they use
 *   --- @limit PARTITIONS     by `local PARTITIONS = 32`, the value of limits.ts
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as limits from '../limits.ts';
import type { RedisClient } from './connect.ts';

export interface Script {
  readonly lua: string;
  readonly sha: string;
}

// The same folder from `src` and from `dist`.
const FOLDER = new URL('../../lua/', import.meta.url);
const DIRECTIVE = /^--- @(include|limit) "?([\w-]+)"?$/gm;

/** Reads the script synchronously, so a missing file ends the process at its start. */
export function loadScript(name: string): Script {
  const lua = expand(`${name}.lua`, new Set());
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

function expand(file: string, included: Set<string>): string {
  return readFileSync(new URL(file, FOLDER), 'utf8').replaceAll(
    DIRECTIVE,
    (_, kind: string, name: string) => {
      if (included.has(name)) return '';
      included.add(name);
      return kind === 'include'
        ? expand(`includes/${name}.lua`, included)
        : `local ${name} = ${limitOf(name)}`;
    },
  );
}

function limitOf(name: string): number {
  const limit = new Map<string, number>(Object.entries(limits)).get(name);
  if (limit === undefined) throw new Error(`limits.ts has no ${name}`);
  return limit;
}

/** Sends the text only if Redis does not have the script: at first use and after a restart. */
export async function runScript(
  client: RedisClient,
  script: Script,
  { keys, args }: { keys: readonly string[]; args: readonly (string | number)[] },
): Promise<unknown> {
  try {
    return await client.evalsha(script.sha, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return client.eval(script.lua, keys.length, ...keys, ...args);
  }
}
