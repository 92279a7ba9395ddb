/** Shows orgs: the named ones, or those whose oldest item is oldest. Reads only. */
export const INSPECT_LUA = `
--[[
  KEYS[1] busy
  KEYS[2] paused
  ARGV[1] tag
  ARGV[2] limit  0 = inspect the orgs named in ARGV[3...]; n = the n orgs with the oldest items
  Returns { orgId, depth, oldestAgeMs, isPaused (0 | 1), pace, ... } flat.
]]
local tag, limit = ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
local orgIds = limit > 0 and redis.call('ZRANGE', KEYS[1], 0, limit - 1) or { unpack(ARGV, 3) }
local flat = {}
for _, orgId in ipairs(orgIds) do
  local since = redis.call('ZSCORE', KEYS[1], orgId)
  flat[#flat + 1] = orgId
  flat[#flat + 1] = redis.call('XLEN', tag .. ':mailbox:' .. orgId)
  flat[#flat + 1] = since and math.max(0, nowMs - tonumber(since)) or 0
  flat[#flat + 1] = redis.call('SISMEMBER', KEYS[2], orgId)
  flat[#flat + 1] = redis.call('GET', tag .. ':pace:' .. orgId) or ''
end
return flat
`;
