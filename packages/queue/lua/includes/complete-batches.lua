--[[
  Completes decided batches: the only code that removes entries from a mailbox. Removes exactly the given entries,
  records their results and announces them.

  An entry that is missing was completed by another worker. A late completion finds no entry and changes nothing,
  neither the item's record (it may have expired, or the id may be in use again) nor the announcement.

  The first write is XDEL, which Redis allows when it is out of memory; writes after a first write are also allowed.
  So a full Redis can always be drained.
]]
--- @include "item-record"
--- @include "mailbox"
--- @limit ANNOUNCED_BYTES_MAX

-- The completions of one call. keys: busy, weights, clocks; channel: for announcements.
local function openCompletions(tag, keys, completedTtlMs, channel, paceTtlMs)
  return {
    tag = tag, busyKey = keys[1], weightsKey = keys[2], clocksKey = keys[3],
    completedTtlMs = completedTtlMs, paceTtlMs = paceTtlMs,
    channel = channel, announced = {}, announcedBytes = 0,
    -- By partition: the highest virtual time of an org that was served in this call.
    startOf = {},
  }
end

local function announceAll(completing)
  if #completing.announced > 0 then redis.call('PUBLISH', completing.channel, cjson.encode(completing.announced)) end
  completing.announced, completing.announcedBytes = {}, 0
end

-- One message per call, or several when it is large: every waiting process reads all of a message.
local function announce(completing, id, result)
  local bytes = #id + #result
  if completing.announcedBytes + bytes > ANNOUNCED_BYTES_MAX then announceAll(completing) end
  completing.announced[#completing.announced + 1] = { id, result }
  completing.announcedBytes = completing.announcedBytes + bytes
end

-- Completes args[first...last]: streamId, id, fingerprint, result, ... Returns the stream ids of the removed
-- entries.
local function completeEntries(completing, orgId, mailboxKey, args, first, last)
  local removed = {}
  for at = first, last, 4 do
    local streamId, id, fingerprint, result = args[at], args[at + 1], args[at + 2], args[at + 3]
    if redis.call('XDEL', mailboxKey, streamId) == 1 then
      local record = cmsgpack.pack(COMPLETED, orgId, fingerprint, result)
      redis.call('SET', completing.tag .. ':i:' .. id, record, 'PX', completing.completedTtlMs)
      announce(completing, id, result)
      removed[#removed + 1] = streamId
    end
  end
  return removed
end

-- Exponential moving average; a new measurement weighs one fifth.
local function notePace(completing, orgId, paceMs)
  local paceKey = completing.tag .. ':pace:' .. orgId
  local known = tonumber(redis.call('GET', paceKey) or paceMs)
  local pace = known * 0.8 + tonumber(paceMs) * 0.2
  redis.call('SET', paceKey, string.format('%.3f', pace), 'PX', completing.paceTtlMs)
end

-- Adds the completed items / weight to the org's virtual time, or removes an empty org. A paused org is in no
-- partition.
local function moveBack(completing, orgId, partition, completed, isEmpty)
  local partitionKey, startOf = completing.tag .. ':line:' .. partition, completing.startOf
  local start = tonumber(redis.call('ZSCORE', partitionKey, orgId) or nil)
  if not start then return end
  if isEmpty then
    redis.call('ZREM', partitionKey, orgId)
  elseif completed > 0 then
    local weight = tonumber(redis.call('HGET', completing.weightsKey, orgId) or 1)
    redis.call('ZADD', partitionKey, 'XX', start + completed / weight, orgId)
  end
  if completed > 0 then startOf[partition] = math.max(startOf[partition] or 0, start) end
end

-- Completes the batch args[at...]: orgId, partition, paceMs, n, then its entries. Returns how many entries this
-- call removed, how many are left, and the position after the batch.
local function completeBatch(completing, args, at)
  local tag, orgId, paceMs = completing.tag, args[at], args[at + 2]
  local mailboxKey, first = tag .. ':mailbox:' .. orgId, at + 4
  local last = first + tonumber(args[at + 3]) * 4 - 1
  local removed = completeEntries(completing, orgId, mailboxKey, args, first, last)
  local completed = #removed
  -- For processes that watch this org; without any, one channel look-up. The channel keeps its older name.
  if completed > 0 then redis.call('PUBLISH', tag .. ':settled:' .. orgId, '') end
  if paceMs ~= '' and completed > 0 then notePace(completing, orgId, paceMs) end
  local oldest = redis.call('XRANGE', mailboxKey, '-', '+', 'COUNT', 1)[1]
  if oldest then
    redis.call('ZADD', completing.busyKey, string.match(oldest[1], '%-(%d+)$'), orgId)
    if completed > 0 then
      redis.call('HINCRBY', tag .. ':departed', orgId, completed)
      redis.call('HDEL', largeKeyOf(tag, orgId), unpack(removed))
    end
  else
    -- An idle org takes no memory. Deleting is safe because entry ids come from a counter that is never
    -- deleted.
    redis.call('DEL', mailboxKey, largeKeyOf(tag, orgId))
    redis.call('HDEL', tag .. ':departed', orgId)
    redis.call('ZREM', completing.busyKey, orgId)
  end
  moveBack(completing, orgId, args[at + 1], completed, not oldest)
  return completed, oldest and redis.call('XLEN', mailboxKey) or 0, last + 1
end

-- Announces the results and sets each partition's clock to the highest virtual time of an org served in it. An
-- empty partition needs no clock.
local function closeCompletions(completing)
  announceAll(completing)
  for partition, start in pairs(completing.startOf) do
    if redis.call('EXISTS', completing.tag .. ':line:' .. partition) == 0 then
      redis.call('HDEL', completing.clocksKey, partition)
    elseif start > tonumber(redis.call('HGET', completing.clocksKey, partition) or 0) then
      redis.call('HSET', completing.clocksKey, partition, start)
    end
  end
end
