/** Settles one batch: the only script that takes entries out of a mailbox. */
import { ITEM_RECORD_LUA } from './item-record.ts';
import { READ_BATCH_LUA } from './read-batch.ts';

export const SETTLE_LUA = `
--[[
  Removes exactly the given entries, records and announces their results, and hands out the next batch.

  An entry that is gone was settled by another worker: whoever comes late finds nothing to remove, and then
  touches nothing, neither the item's record (it may have expired, or be in use again) nor the announcement.

  The first write is XDEL, which Redis allows when it is out of memory, and what follows a first write is
  allowed too: a full Redis can always be emptied.

  KEYS[1] mailbox   stream of the org
  KEYS[2] busy      zset org id -> acceptance time (ms) of its oldest item
  KEYS[3] pace      ms an item of this org, moving average
  KEYS[4] paused    set of org ids
  KEYS[5] weights   hash org id -> slices a turn may use; absent = 1

  ARGV[1] tag
  ARGV[2] orgId
  ARGV[3] settledTtlMs
  ARGV[4] channel       one message an announcement: JSON [[id, result], ...]
  ARGV[5] paceMs        measured ms an item for this batch, '' = not measured
  ARGV[6] paceTtlMs
  ARGV[7] nextCountMax  0 = no next batch wanted
  ARGV[8] nextBytesMax
  ARGV[9] nextSharedMax  most entries for each slice of weight; 0 = no other org is served
  then for each entry: streamId, id, fingerprint, result

  Returns { settled, depth, weight, next }
    settled  how many entries this call removed
    depth    entries left in the mailbox
    weight   slices this turn may use, as of now
    next     { streamId, id, payload, fingerprint, ... }, empty when not wanted, none left, or paused
]]
${ITEM_RECORD_LUA}
${READ_BATCH_LUA}
local mailboxKey, busyKey, paceKey, pausedKey, weightsKey = unpack(KEYS)
local tag, orgId, settledTtlMs, channel = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local announced = {}
for at = 10, #ARGV, 4 do
  local streamId, id, fingerprint, result = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  if redis.call('XDEL', mailboxKey, streamId) == 1 then
    local record = cmsgpack.pack(SETTLED, orgId, fingerprint, result)
    redis.call('SET', tag .. ':i:' .. id, record, 'PX', settledTtlMs)
    announced[#announced + 1] = { id, result }
  end
end
if #announced > 0 then
  redis.call('PUBLISH', channel, cjson.encode(announced))
  -- For those who watch this org; without them one look into an empty table.
  redis.call('PUBLISH', tag .. ':settled:' .. orgId, '')
end

-- A new measurement counts one fifth: steady enough for an estimate, quick enough to follow a change.
if ARGV[5] ~= '' and #announced > 0 then
  local known = tonumber(redis.call('GET', paceKey) or ARGV[5])
  local pace = known * 0.8 + tonumber(ARGV[5]) * 0.2
  redis.call('SET', paceKey, string.format('%.3f', pace), 'PX', ARGV[6])
end

local oldest = redis.call('XRANGE', mailboxKey, '-', '+', 'COUNT', 1)[1]
if not oldest then
  -- An idle org costs nothing. Deleting is safe because entry ids come from a counter that outlives the mailbox.
  redis.call('DEL', mailboxKey)
  redis.call('ZREM', busyKey, orgId)
  return { #announced, 0, 1, {} }
end
redis.call('ZADD', busyKey, string.match(oldest[1], '%-(%d+)$'), orgId)
local depth = redis.call('XLEN', mailboxKey)
local weight, next = tonumber(redis.call('HGET', weightsKey, orgId) or 1), {}
if ARGV[7] ~= '0' and redis.call('SISMEMBER', pausedKey, orgId) == 0 then
  next = readBatch(mailboxKey, batchSize(tonumber(ARGV[7]), tonumber(ARGV[9]), weight), tonumber(ARGV[8]))
end
return { #announced, depth, weight, next }
`;
