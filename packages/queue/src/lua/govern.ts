/** Removes an org from its line while it is paused, and puts it back on resume. */
import { LINE_LUA } from './line.ts';

export const PAUSE_LUA = `
--[[
  KEYS[1] paused
  ARGV[1] tag
  ARGV[2] orgId
]]
${LINE_LUA}
redis.call('SADD', KEYS[1], ARGV[2])
redis.call('ZREM', ARGV[1] .. ':line:' .. lineOf(ARGV[2]), ARGV[2])
`;

export const RESUME_LUA = `
--[[
  KEYS[1] paused
  ARGV[1] tag
  ARGV[2] orgId
  Returns the lines, one or none, that need a turn for it.
]]
${LINE_LUA}
redis.call('SREM', KEYS[1], ARGV[2])
if redis.call('EXISTS', ARGV[1] .. ':mailbox:' .. ARGV[2]) == 1 then enterLine(ARGV[1], ARGV[2]) end
return wakeLines(ARGV[1])
`;
