--[[
  Releases the lease to sweep a shard.

  KEYS[1] lease
  ARGV[1] holder

  Returns 1 when the caller held the lease, which is now released, else 0.
]]
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
