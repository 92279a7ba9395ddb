/** Acquires, renews and releases the lease to sweep a shard. */
export const HOLD_LEASE_LUA = `
--[[
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
`;

export const RELEASE_LEASE_LUA = `
--[[
  KEYS[1] lease
  ARGV[1] holder
  Returns 1 when the caller held the lease, which is now released, else 0.
]]
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`;
