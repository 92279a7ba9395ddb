--[[
  Returns items by id. Read-only.

  KEYS[1] busy   only routes the call to the shard's node on a cluster
  ARGV[1] tag
  ARGV[2...] ids

  Returns describe() of each id.
]]
--- @include "item-record"
local found = {}
for at = 2, #ARGV do found[#found + 1] = describe(ARGV[1], ARGV[at]) end
return found
