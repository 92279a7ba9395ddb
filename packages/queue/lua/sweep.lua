--[[
  Puts one page of overdue orgs back in their partitions.

  KEYS[1] busy
  KEYS[2] paused
  ARGV[1] tag
  ARGV[2] afterMs  age from which an oldest item is overdue
  ARGV[3] offset
  ARGV[4] count

  Returns { scanned, { orgId, headStreamId, ... }, { partition, ... } }
    scanned    orgs looked at, paused ones included: fewer than count means that this was the last page
    partition  partitions of these orgs that no worker holds
  An org in "busy" with an empty mailbox is removed from "busy" and not returned.
]]
--- @include "partition"
local tag, entered = ARGV[1], noPartitions()
local time = redis.call('TIME')
local before = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000) - tonumber(ARGV[2]))
local orgIds = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', before, 'LIMIT', ARGV[3], ARGV[4])
-- A full Redis allows a first write that frees memory, and then all writes after it.
redis.call('ZREM', KEYS[1], '')
local overdue = {}
for _, orgId in ipairs(orgIds) do
  local head = redis.call('XRANGE', tag .. ':mailbox:' .. orgId, '-', '+', 'COUNT', 1)[1]
  if not head then
    redis.call('ZREM', KEYS[1], orgId)
    redis.call('HDEL', tag .. ':departed', orgId)
    redis.call('ZREM', tag .. ':line:' .. partitionOf(orgId), orgId)
  elseif redis.call('SISMEMBER', KEYS[2], orgId) == 0 then
    overdue[#overdue + 1] = orgId
    overdue[#overdue + 1] = head[1]
    enterPartition(tag, entered, orgId)
  end
end
return { #orgIds, overdue, wakePartitions(tag, entered) }
