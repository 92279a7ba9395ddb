/** Lua of the work script that settles batches: the only place that takes entries out of a mailbox. */
import { ANNOUNCED_BYTES_MAX } from '../limits.ts';

export const SETTLE_LUA = `
-- Removes exactly the given entries, records their results and notes them for the announcement.
--
-- An entry that is gone was settled by another worker: whoever comes late finds nothing to remove, and then
-- touches nothing, neither the item's record (it may have expired, or be in use again) nor the announcement.
--
-- The first write is XDEL, which Redis allows when it is out of memory, and what follows a first write is
-- allowed too: a full Redis can always be emptied.
local announced, announcedBytes, startOf = {}, 0, {}

local function announceAll()
  if #announced > 0 then redis.call('PUBLISH', channel, cjson.encode(announced)) end
  announced, announcedBytes = {}, 0
end

-- One message for all of a call, or several when they are large: every process that waits reads all of each.
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

-- A new measurement counts one fifth: steady enough for an estimate, quick enough to follow a change.
local function notePace(orgId, paceMs)
  local paceKey = tag .. ':pace:' .. orgId
  local known = tonumber(redis.call('GET', paceKey) or paceMs)
  local pace = known * 0.8 + tonumber(paceMs) * 0.2
  redis.call('SET', paceKey, string.format('%.3f', pace), 'PX', paceTtlMs)
end

-- Where the org stands in its line now that so many of its items were settled. A paused org stands in none.
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
  -- For those who watch this org; without them one look into an empty table.
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
    -- An idle org costs nothing. Deleting is safe because entry ids come from a counter that outlives the mailbox.
    redis.call('DEL', mailboxKey, largeKeyOf(tag, orgId))
    redis.call('HDEL', tag .. ':departed', orgId)
    redis.call('ZREM', busyKey, orgId)
  end
  moveBack(orgId, line, settled, not oldest)
  return { settled, oldest and redis.call('XLEN', mailboxKey) or 0 }
end

-- Each line's clock at the latest org that was served in it. An empty line has none: no org is there that could be passed.
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
