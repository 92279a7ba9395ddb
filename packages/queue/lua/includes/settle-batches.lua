--[[
  Settles decided batches: the only code that removes entries from a mailbox. Removes exactly the given entries, records
  their results and announces them.

  An entry that is missing was settled by another worker. A late settlement finds no entry and changes nothing, neither
  the item's record (it may have expired, or the id may be in use again) nor the announcement.

  The first write is XDEL, which Redis allows when it is out of memory; writes after a first write are also allowed.
  So a full Redis can always be drained.
]]
--- @include "item-record"
--- @include "mailbox"
--- @limit ANNOUNCED_BYTES_MAX

-- The settlements of one call. keys: busy, weights, clocks; channel: for announcements.
local function openSettlements(tag, keys, settledTtlMs, channel, paceTtlMs)
  return {
    tag = tag, busyKey = keys[1], weightsKey = keys[2], clocksKey = keys[3],
    settledTtlMs = settledTtlMs, paceTtlMs = paceTtlMs,
    channel = channel, announced = {}, announcedBytes = 0,
    -- By partition: the highest virtual time of an org that was served in this call.
    startOf = {},
  }
end

local function announceAll(settling)
  if #settling.announced > 0 then redis.call('PUBLISH', settling.channel, cjson.encode(settling.announced)) end
  settling.announced, settling.announcedBytes = {}, 0
end

-- One message per call, or several when it is large: every waiting process reads all of a message.
local function announce(settling, id, result)
  local bytes = #id + #result
  if settling.announcedBytes + bytes > ANNOUNCED_BYTES_MAX then announceAll(settling) end
  settling.announced[#settling.announced + 1] = { id, result }
  settling.announcedBytes = settling.announcedBytes + bytes
end

-- Settles args[first...last]: streamId, id, fingerprint, result, ... Returns the stream ids of the removed
-- entries.
local function settleEntries(settling, orgId, mailboxKey, args, first, last)
  local removed = {}
  for at = first, last, 4 do
    local streamId, id, fingerprint, result = args[at], args[at + 1], args[at + 2], args[at + 3]
    if redis.call('XDEL', mailboxKey, streamId) == 1 then
      local record = cmsgpack.pack(SETTLED, orgId, fingerprint, result)
      redis.call('SET', settling.tag .. ':i:' .. id, record, 'PX', settling.settledTtlMs)
      announce(settling, id, result)
      removed[#removed + 1] = streamId
    end
  end
  return removed
end

-- Exponential moving average; a new measurement weighs one fifth.
local function notePace(settling, orgId, paceMs)
  local paceKey = settling.tag .. ':pace:' .. orgId
  local known = tonumber(redis.call('GET', paceKey) or paceMs)
  local pace = known * 0.8 + tonumber(paceMs) * 0.2
  redis.call('SET', paceKey, string.format('%.3f', pace), 'PX', settling.paceTtlMs)
end

-- Adds the settled items / weight to the org's virtual time, or removes an empty org. A paused org is in no
-- partition.
local function moveBack(settling, orgId, partition, settled, isEmpty)
  local partitionKey, startOf = settling.tag .. ':line:' .. partition, settling.startOf
  local start = tonumber(redis.call('ZSCORE', partitionKey, orgId) or nil)
  if not start then return end
  if isEmpty then
    redis.call('ZREM', partitionKey, orgId)
  elseif settled > 0 then
    local weight = tonumber(redis.call('HGET', settling.weightsKey, orgId) or 1)
    redis.call('ZADD', partitionKey, 'XX', start + settled / weight, orgId)
  end
  if settled > 0 then startOf[partition] = math.max(startOf[partition] or 0, start) end
end

-- Settles the batch args[at...]: orgId, partition, paceMs, n, then its entries. Returns how many entries this
-- call removed, how many are left, and the position after the batch.
local function settleBatch(settling, args, at)
  local tag, orgId, paceMs = settling.tag, args[at], args[at + 2]
  local mailboxKey, first = tag .. ':mailbox:' .. orgId, at + 4
  local last = first + tonumber(args[at + 3]) * 4 - 1
  local removed = settleEntries(settling, orgId, mailboxKey, args, first, last)
  local settled = #removed
  -- For processes that watch this org; without any, one channel look-up.
  if settled > 0 then redis.call('PUBLISH', tag .. ':settled:' .. orgId, '') end
  if paceMs ~= '' and settled > 0 then notePace(settling, orgId, paceMs) end
  local oldest = redis.call('XRANGE', mailboxKey, '-', '+', 'COUNT', 1)[1]
  if oldest then
    redis.call('ZADD', settling.busyKey, string.match(oldest[1], '%-(%d+)$'), orgId)
    if settled > 0 then
      redis.call('HINCRBY', tag .. ':departed', orgId, settled)
      redis.call('HDEL', largeKeyOf(tag, orgId), unpack(removed))
    end
  else
    -- An idle org takes no memory. Deleting is safe because entry ids come from a counter that is never
    -- deleted.
    redis.call('DEL', mailboxKey, largeKeyOf(tag, orgId))
    redis.call('HDEL', tag .. ':departed', orgId)
    redis.call('ZREM', settling.busyKey, orgId)
  end
  moveBack(settling, orgId, args[at + 1], settled, not oldest)
  return settled, oldest and redis.call('XLEN', mailboxKey) or 0, last + 1
end

-- Announces the results and sets each partition's clock to the highest virtual time of an org served in it. An
-- empty partition needs no clock.
local function closeSettlements(settling)
  announceAll(settling)
  for partition, start in pairs(settling.startOf) do
    if redis.call('EXISTS', settling.tag .. ':line:' .. partition) == 0 then
      redis.call('HDEL', settling.clocksKey, partition)
    elseif start > tonumber(redis.call('HGET', settling.clocksKey, partition) or 0) then
      redis.call('HSET', settling.clocksKey, partition, start)
    end
  end
end
