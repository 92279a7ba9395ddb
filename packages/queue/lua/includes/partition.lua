--[[
  Adds orgs to their partitions and wakes the partitions. A partition's sorted set contains exactly those of its orgs
  that have items in their mailbox and are not paused. The worker that holds a partition subscribes to the channel with
  the name of that key; the word "line" in it is kept for rolling updates.
]]
--- @limit PARTITIONS

-- The last byte of the hash, because the first bytes choose the shard. Must agree with partitionOf() in
-- shards.ts.
local function partitionOf(orgId)
  return tonumber(string.sub(redis.sha1hex(orgId), -2), 16) % PARTITIONS
end

-- The partitions that orgs enter in this call: for enterPartition() and wakePartitions().
local function noPartitions()
  return { list = {}, isIn = {} }
end

-- A new org starts one unit after the partition's virtual time, so re-entering with single items cannot
-- starve the others. Adds the partition to "entered". Returns the partition, and the org's virtual time in
-- it.
local function enterPartition(tag, entered, orgId)
  local partition = partitionOf(orgId)
  local virtualTime = tonumber(redis.call('HGET', tag .. ':clocks', partition) or 0) + 1
  redis.call('ZADD', tag .. ':line:' .. partition, 'NX', virtualTime, orgId)
  if not entered.isIn[partition] then entered.list[#entered.list + 1] = partition end
  entered.isIn[partition] = true
  return partition, virtualTime
end

-- Notifies workers of the partitions that orgs entered, and returns those that no worker holds: these need a
-- lease. With "inline" (entries by partition that the holder can serve without a take), only the holder of each
-- partition is notified. PUBLISH is not written to the append-only file, so this counts as no write.
local function wakePartitions(tag, entered, inline)
  local partitions, idle = entered.list, {}
  if #partitions == 0 then return idle end
  if inline then
    for _, partition in ipairs(partitions) do
      local holders = redis.call('PUBLISH', tag .. ':line:' .. partition, cjson.encode(inline[partition]))
      if holders == 0 then idle[#idle + 1] = partition end
    end
    return idle
  end
  redis.call('PUBLISH', tag .. ':work', table.concat(partitions, ','))
  local channels = {}
  for at, partition in ipairs(partitions) do channels[at] = tag .. ':line:' .. partition end
  local holders = redis.call('PUBSUB', 'NUMSUB', unpack(channels))
  for at, partition in ipairs(partitions) do
    if holders[2 * at] == 0 then idle[#idle + 1] = partition end
  end
  return idle
end
