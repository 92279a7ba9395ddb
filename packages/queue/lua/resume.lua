--[[
  Resumes a paused org: puts it back in its partition if it has items.

  KEYS[1] paused
  ARGV[1] tag
  ARGV[2] orgId

  Returns the partitions, one or none, that need a lease for it.
]]
--- @include "partition"
local entered = noPartitions()
redis.call('SREM', KEYS[1], ARGV[2])
if redis.call('EXISTS', ARGV[1] .. ':mailbox:' .. ARGV[2]) == 1 then enterPartition(ARGV[1], entered, ARGV[2]) end
return wakePartitions(ARGV[1], entered)
