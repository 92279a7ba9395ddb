--[[
  Computes when a refused caller should retry. Each refusal promises room at a separate time, so callers that obey
  return spread over the org's drain and not all at once.

  Record of an org's promises: horizonMs, firstMs, lastMs, delayMs   (times by the clock of Redis)
    horizon  room that becomes free up to this time is promised
    first    when the first promise is due; last: when the last one is due; the record expires after it
    delay    added to the drain time: grows while callers find no room because new callers took the promised room,
             and shrinks while callers find room
  A retry cannot be distinguished from a first try, because nothing of a refused item is stored.
]]
--- @include "pace"
--- @limit PROMISE_BATCH_ITEMS
--- @limit PROMISE_DELAY_GAIN
--- @limit PROMISE_DELAY_PER_SPELL
--- @limit PROMISE_JITTER_STEPS
--- @limit PROMISE_LOSSES
--- @limit PROMISE_MARGIN
--- @limit PROMISE_PACE_TRUST
--- @limit RETRY_AFTER_MAX_MS
--- @limit RETRY_AFTER_MIN_MS
--- @limit RETRY_AFTER_STILL_MS
--- @limit RETRY_AFTER_UNKNOWN_MS

-- The promises of one call; time: as returned by TIME.
local function openPromises(tag, busyKey, stepMs, time)
  local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
  return {
    tag = tag, busyKey = busyKey, stepMs = stepMs,
    nowMs = nowMs, micros = tonumber(time[2]),
    byOrg = {}, refusals = 0,
  }
end

local function openLedger(promises, orgId)
  local ledger = promises.byOrg[orgId]
  if ledger then return ledger end
  local key = promises.tag .. ':promised:' .. orgId
  local record = redis.call('GET', key)
  if record then
    local horizon, first, last, delay = cmsgpack.unpack(record)
    ledger = { key = key, horizon = horizon, first = first, last = last, delay = delay }
  else
    ledger = { key = key, horizon = 0, first = math.huge, last = 0, delay = 0 }
  end
  promises.byOrg[orgId] = ledger
  return ledger
end

-- Returns the measured ms per item, or more if the age of the item at the head implies a slower drain.
local function drainPace(promises, orgId, depth, most, measured)
  local pace = tonumber(measured) or RETRY_AFTER_UNKNOWN_MS / most
  local since = redis.call('ZSCORE', promises.busyKey, orgId)
  local waited = since and depth > 0 and (promises.nowMs - tonumber(since)) / depth or 0
  return math.max(pace, math.min(waited, PROMISE_PACE_TRUST * pace))
end

-- Returns the ms after which there is room for "count" more items; most: the mailbox's capacity in items;
-- measured: the org's pace as returned by readPace().
local function promiseRoom(promises, orgId, depth, count, most, measured)
  if isPaused(promises.tag, orgId) then return RETRY_AFTER_STILL_MS end
  local now, stepMs = promises.nowMs, promises.stepMs
  local ledger, pace = openLedger(promises, orgId), drainPace(promises, orgId, depth, most, measured)
  if now >= ledger.first then
    local delay = ledger.delay + PROMISE_DELAY_GAIN * count * pace
    ledger.delay = math.min(delay, PROMISE_DELAY_PER_SPELL * (now - ledger.first), RETRY_AFTER_MAX_MS)
  end
  -- Room becomes free in batches, so the first room is there when a batch is done.
  local batch = math.max(most / 10, math.min(most, PROMISE_BATCH_ITEMS)) * pace
  local from = math.max(ledger.horizon, now + math.max(batch, RETRY_AFTER_MIN_MS))
  local ready = from + count * pace * PROMISE_MARGIN
  -- Whole steps, rounded up. Callers refused together return together within a step, and the mailbox must
  -- hold them all; a step promises only half of it, because new callers arrive as well.
  promises.refusals = promises.refusals + 1
  local jitter = (promises.micros + 617 * promises.refusals) % 1000 / 1000 * PROMISE_JITTER_STEPS * stepMs
  local steps = math.ceil((ready + ledger.delay + jitter - now) / stepMs)
  local waitMs = math.min(steps, math.ceil(RETRY_AFTER_MAX_MS / stepMs)) * stepMs
  ledger.horizon = math.max(ready, stepMs > 1 and from + count * stepMs * 2 / most or 0)
  ledger.first = math.min(ledger.first, now + waitMs)
  ledger.last = math.max(ledger.last, now + waitMs)
  ledger.isChanged = true
  return waitMs
end

-- Callers found room: the delay shrinks until the share that finds none is PROMISE_LOSSES.
local function noteRoomTaken(promises, orgId, count, measured)
  local ledger = openLedger(promises, orgId)
  if ledger.delay == 0 then return end
  local gain = PROMISE_DELAY_GAIN * count * (tonumber(measured) or 0)
  ledger.delay = math.max(0, ledger.delay - gain * (PROMISE_LOSSES / (1 - PROMISE_LOSSES)))
  ledger.isChanged = true
end

local function storePromises(promises)
  for _, ledger in pairs(promises.byOrg) do
    if ledger.isChanged then
      local record = cmsgpack.pack(ledger.horizon, ledger.first, ledger.last, ledger.delay)
      local ttlMs = math.max(1, math.ceil(ledger.last - promises.nowMs) + promises.stepMs)
      -- A full Redis does not store the promise; the reply is a refusal all the same.
      redis.pcall('SET', ledger.key, record, 'PX', string.format('%.0f', ttlMs))
    end
  end
end
