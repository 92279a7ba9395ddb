/**
 * Runs Lua by its hash, and sends the text when Redis does not have it (at first use and after a restart). A
 * script's header documents its arguments and reply; arguments are passed in ARGV, never in the text.
 */
import { createHash } from 'node:crypto';
import type { RedisClient } from './connect.ts';

export interface Script {
  readonly lua: string;
  readonly sha: string;
}

export function defineScript(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

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
