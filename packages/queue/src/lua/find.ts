/** Shows items by id. Reads only. */
import { ITEM_RECORD_LUA } from './item-record.ts';

export const FIND_LUA = `
--[[
  KEYS[1] busy   only tells a cluster which shard is meant
  ARGV[1] tag
  ARGV[2...] ids
  Returns one description an id, as describe() gives it.
]]
${ITEM_RECORD_LUA}
local found = {}
for at = 2, #ARGV do found[#found + 1] = describe(ARGV[1], ARGV[at]) end
return found
`;
