--[[
  Acquires or renews the lease to sweep a shard.

  KEYS[1] lease
  ARGV[1] holder
  ARGV[2] ttlMs

  Returns 1 when the caller has the lease now (a holder that renews keeps it), 0 when another worker has it.
]]
local holder = redis.call('GET', KEYS[1])
if holder == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
if holder then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
