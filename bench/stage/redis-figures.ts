// What Redis itself counts: its memory, that of one namespace, and the commands it has carried out.

import { askRedis } from './ask-redis.ts';

/** Bytes that Redis has allocated for everything: keys, their tables, what its scripts and clients take. */
export async function usedMemoryOf(url: string): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await askRedis(url, 'INFO', 'memory'))?.[1]);
}

// ARGV[1] pattern of the keys. Returns the bytes of those without an expiry. BullMQ's log of events has its own length
// limit and is left out: it is full after some hundred events of any orgs.
const LASTING_LUA = `
local bytes, cursor = 0, '0'
repeat
  local page = redis.call('SCAN', cursor, 'MATCH', ARGV[1], 'COUNT', 1000)
  cursor = page[1]
  for _, key in ipairs(page[2]) do
    if redis.call('PTTL', key) == -1 and not string.find(key, ':events$') then
      bytes = bytes + redis.call('MEMORY', 'USAGE', key, 'SAMPLES', '0')
    end
  end
until cursor == '0'
return bytes`;

/** Bytes of a namespace that stay: of all its keys except those with an expiry and BullMQ's log. */
export async function lastingBytesOf(url: string, namespace: string): Promise<number> {
  return Number(await askRedis(url, 'EVAL', LASTING_LUA, '0', `*${namespace}*`));
}

/** How often each command was carried out since Redis began, in scripts too. */
export async function commandCountsOf(url: string): Promise<ReadonlyMap<string, number>> {
  const info = await askRedis(url, 'INFO', 'commandstats');
  return new Map(
    [...info.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)].map(([, name = '', calls]) => [name, Number(calls)]),
  );
}

export interface LongestCommand {
  readonly ms: number;
  /** Its first words; empty when no command was slow. */
  readonly words: string;
}

const SLOW_US = '10000';
const SLOW_KEPT = '10000';

/** Commands over 10 ms are kept from here on. */
export async function watchSlowCommands(url: string): Promise<void> {
  await askRedis(url, 'CONFIG', 'SET', 'slowlog-log-slower-than', SLOW_US, 'slowlog-max-len', SLOW_KEPT);
  await askRedis(url, 'SLOWLOG', 'RESET');
}

// Returns the time in microseconds of the longest command that was kept, and its first words.
const LONGEST_LUA = `
local longest, words = 0, ''
for _, entry in ipairs(redis.call('SLOWLOG', 'GET', '-1')) do
  if entry[3] > longest then
    longest, words = entry[3], string.sub(table.concat(entry[4], ' '), 1, 60)
  end
end
return longest .. ' ' .. words`;

/** Since {@link watchSlowCommands}; 0 ms when none took over 10 ms. */
export async function longestCommandOf(url: string): Promise<LongestCommand> {
  const [us = '0', ...words] = (await askRedis(url, 'EVAL', LONGEST_LUA, '0')).split(' ');
  return { ms: Number(us) / 1_000, words: words.join(' ') };
}

/** Deletes everything, and gives the memory back. */
export async function forgetAll(url: string): Promise<void> {
  await askRedis(url, 'FLUSHALL', 'SYNC');
  await askRedis(url, 'MEMORY', 'PURGE');
}
