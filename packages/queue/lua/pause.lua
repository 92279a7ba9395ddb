--[[
  Pauses an org: removes it from its line.

  KEYS[1] paused
  ARGV[1] tag
  ARGV[2] orgId

  Returns nothing.
]]
--- @include "line"
redis.call('SADD', KEYS[1], ARGV[2])
redis.call('ZREM', ARGV[1] .. ':line:' .. lineOf(ARGV[2]), ARGV[2])
