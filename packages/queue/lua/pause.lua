--[[
  Pauses an org: removes it from its partition.

  KEYS[1] paused
  ARGV[1] tag
  ARGV[2] orgId

  Returns nothing.
]]
--- @include "partition"
redis.call('SADD', KEYS[1], ARGV[2])
redis.call('ZREM', ARGV[1] .. ':line:' .. partitionOf(ARGV[2]), ARGV[2])
