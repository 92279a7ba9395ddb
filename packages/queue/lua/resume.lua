--[[
  Resumes a paused org: puts it back in its line if it has items.

  KEYS[1] paused
  ARGV[1] tag
  ARGV[2] orgId

  Returns the lines, one or none, that need a turn for it.
]]
--- @include "line"
local entered = noLines()
redis.call('SREM', KEYS[1], ARGV[2])
if redis.call('EXISTS', ARGV[1] .. ':mailbox:' .. ARGV[2]) == 1 then enterLine(ARGV[1], entered, ARGV[2]) end
return wakeLines(ARGV[1], entered)
