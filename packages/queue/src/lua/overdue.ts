/** One page of orgs that should have been served by now, for the sweeper. */
export const OVERDUE_LUA = `
--[[
  KEYS[1] busy
  KEYS[2] paused
  ARGV[1] tag
  ARGV[2] afterMs  age from which an oldest item is overdue
  ARGV[3] offset
  ARGV[4] count
  Returns { scanned, { orgId, headStreamId, orgId, headStreamId, ... } }
    scanned  orgs looked at, paused ones included: fewer than count means that this was the last page
]]
local time = redis.call('TIME')
local before = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000) - tonumber(ARGV[2]))
local orgIds = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', before, 'LIMIT', ARGV[3], ARGV[4])
local overdue = {}
for _, orgId in ipairs(orgIds) do
  if redis.call('SISMEMBER', KEYS[2], orgId) == 0 then
    local head = redis.call('XRANGE', ARGV[1] .. ':mailbox:' .. orgId, '-', '+', 'COUNT', 1)[1]
    overdue[#overdue + 1] = orgId
    overdue[#overdue + 1] = head and head[1] or ''
  end
end
return { #orgIds, overdue }
`;
