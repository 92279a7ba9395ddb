/** Lua of the work script that settles batches: the only place that removes entries from a mailbox. */
import { ANNOUNCED_BYTES_MAX } from '../limits.ts';

export const SETTLE_LUA = `
-- Removes exactly the given entries, records their results and adds them to the announcement.
--
-- An entry that is missing was settled by another worker. A late settlement finds no entry and changes
-- nothing, neither the item's record (it may have expired, or the id may be in use again) nor the
-- announcement.
--
-- The first write is XDEL, which Redis allows when it is out of memory; writes after a first write are also
-- allowed. So a full Redis can always be drained.
local announced, announcedBytes, startOf = {}, 0, {}

local function announceAll()
  if #announced > 0 then redis.call('PUBLISH', channel, cjson.encode(announced)) end
  announced, announcedBytes = {}, 0
end

-- One message per call, or several when it is large: every waiting process reads all of a message.
local function announce(id, result)
  local bytes = #id + #result
  if announcedBytes + bytes > ${ANNOUNCED_BYTES_MAX} then announceAll() end
  announced[#announced + 1] = { id, result }
  announcedBytes = announcedBytes + bytes
end

local function settleEntries(orgId, mailboxKey, first, last)
  local settled = {}
  for at = first, last, 4 do
    local streamId, id, fingerprint, result = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
    if redis.call('XDEL', mailboxKey, streamId) == 1 then
      local record = cmsgpack.pack(SETTLED, orgId, fingerprint, result)
      redis.call('SET', tag .. ':i:' .. id, record, 'PX', settledTtlMs)
      announce(id, result)
      settled[#settled + 1] = streamId
    end
  end
  return settled
end

-- Exponential moving average; a new measurement weighs one fifth.
local function notePace(orgId, paceMs)
  local paceKey = tag .. ':pace:' .. orgId
  local known = tonumber(redis.call('GET', paceKey) or paceMs)
  local pace = known * 0.8 + tonumber(paceMs) * 0.2
  redis.call('SET', paceKey, string.format('%.3f', pace), 'PX', paceTtlMs)
end

-- Adds the settled items / weight to the org's virtual time, or removes an empty org. A paused org is in no
-- line.
local function moveBack(orgId, line, settled, isEmpty)
  local lineKey = tag .. ':line:' .. line
  local start = tonumber(redis.call('ZSCORE', lineKey, orgId) or nil)
  if not start then return end
  if isEmpty then
    redis.call('ZREM', lineKey, orgId)
  elseif settled > 0 then
    local weight = tonumber(redis.call('HGET', weightsKey, orgId) or 1)
    redis.call('ZADD', lineKey, 'XX', start + settled / weight, orgId)
  end
  if settled > 0 then startOf[line] = math.max(startOf[line] or 0, start) end
end

-- Returns { settled, depth }: how many entries this call removed, and how many are left.
local function settleBatch(orgId, line, paceMs, first, last)
  local mailboxKey = tag .. ':mailbox:' .. orgId
  local removed = settleEntries(orgId, mailboxKey, first, last)
  local settled = #removed
  -- For processes that watch this org; without any, one channel look-up.
  if settled > 0 then redis.call('PUBLISH', tag .. ':settled:' .. orgId, '') end
  if paceMs ~= '' and settled > 0 then notePace(orgId, paceMs) end
  local oldest = redis.call('XRANGE', mailboxKey, '-', '+', 'COUNT', 1)[1]
  if oldest then
    redis.call('ZADD', busyKey, string.match(oldest[1], '%-(%d+)$'), orgId)
    if settled > 0 then
      redis.call('HINCRBY', tag .. ':departed', orgId, settled)
      redis.call('HDEL', largeKeyOf(tag, orgId), unpack(removed))
    end
  else
    -- An idle org takes no memory. Deleting is safe because entry ids come from a counter that is never
    -- deleted.
    redis.call('DEL', mailboxKey, largeKeyOf(tag, orgId))
    redis.call('HDEL', tag .. ':departed', orgId)
    redis.call('ZREM', busyKey, orgId)
  end
  moveBack(orgId, line, settled, not oldest)
  return { settled, oldest and redis.call('XLEN', mailboxKey) or 0 }
end

-- Sets each line's clock to the highest virtual time of an org served in it. An empty line needs no clock.
local function closeSettlements()
  announceAll()
  for line, start in pairs(startOf) do
    if redis.call('EXISTS', tag .. ':line:' .. line) == 0 then
      redis.call('HDEL', clocksKey, line)
    elseif start > tonumber(redis.call('HGET', clocksKey, line) or 0) then
      redis.call('HSET', clocksKey, line, start)
    end
  end
end
`;
