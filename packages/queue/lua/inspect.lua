--[[
  Returns the state of the named orgs, or of the longest waiting, paused and weighted ones. Read-only.

  KEYS[1] busy
  KEYS[2] paused
  KEYS[3] weights
  ARGV[1] tag
  ARGV[2] limit  0 = inspect the orgs named in ARGV[3...]; n = the n orgs with the oldest items, and
                 up to n idle ones that are paused and up to n that have a weight
  ARGV[3...] orgIds

  Returns { orgId, depth, oldestAgeMs, isPaused (0 | 1), pace, weight, ... } flat.
]]
local tag, limit = ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
local orgIds, shown = { unpack(ARGV, 3) }, {}
if limit > 0 then
  orgIds = redis.call('ZRANGE', KEYS[1], 0, limit - 1)
  -- A random sample when there are more than the limit, so that the cost is bounded.
  for _, idle in ipairs({ redis.call('SRANDMEMBER', KEYS[2], limit), redis.call('HRANDFIELD', KEYS[3], limit) }) do
    for _, orgId in ipairs(idle) do
      if not redis.call('ZSCORE', KEYS[1], orgId) and not shown[orgId] then orgIds[#orgIds + 1] = orgId end
      shown[orgId] = true
    end
  end
end
local flat = {}
for _, orgId in ipairs(orgIds) do
  local since = redis.call('ZSCORE', KEYS[1], orgId)
  flat[#flat + 1] = orgId
  flat[#flat + 1] = redis.call('XLEN', tag .. ':mailbox:' .. orgId)
  flat[#flat + 1] = since and math.max(0, nowMs - tonumber(since)) or 0
  flat[#flat + 1] = redis.call('SISMEMBER', KEYS[2], orgId)
  flat[#flat + 1] = redis.call('GET', tag .. ':pace:' .. orgId) or ''
  flat[#flat + 1] = tonumber(redis.call('HGET', KEYS[3], orgId) or 1)
end
return flat
