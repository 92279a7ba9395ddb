/** Accepts all units of one event-loop tick for one shard. The only script that appends to mailboxes. */
import { HANDED_BYTES_MAX, HANDED_ITEMS_MAX, PAYLOAD_INLINE_BYTES_MAX } from '../limits.ts';
import { ITEM_RECORD_LUA } from './item-record.ts';
import { LINE_LUA } from './line.ts';
import { PROMISE_ROOM_LUA } from './promise-room.ts';

export const ACCEPT_LUA = `
--[[
  Accepts units of items, each unit as a whole or not at all. All checks of a unit precede its first write, so a
  refusal (also Redis's own, out of memory) never leaves a partial unit.

  KEYS[1] busy    zset  org id -> acceptance time (ms) of its oldest item
  KEYS[2] seq     counter for the entry ids: never reused, so a mailbox may be deleted and recreated
  KEYS[3] paused  set of org ids

  ARGV[1] tag    hash tag: prefix of every key
  ARGV[2] mailboxMax       items
  ARGV[3] mailboxBytesMax  bytes of payloads; a unit always fits into an empty mailbox
  ARGV[4] stepMs  waits of refused callers are multiples of it
  then for each unit:
          mode   'accept' | 'check' (writes nothing) | 'force' (already checked: skips the limits)
          n      number of items, then n times: id, orgId, payload, fingerprint ('' = none),
                 summary ('' = none; stored only for a payload of more than PAYLOAD_INLINE_BYTES_MAX bytes)

  Returns { woken, unit, unit, ... }
    woken  lines that an org entered in this call and that no worker holds: these need a turn
    unit   { 1, item, item, ... } accepted     item: { 3, place, pace } queued
                                                     { 4 } mismatch: same id, another org or fingerprint; nothing enqueued
                                                     { 1, ... } | { 2, ... } replayed, as returned by describe()
           { 2, orgId, depth, waitMs, pace, bytes } full   nothing of the unit was written; room is promised after
                                                    waitMs; bytes: waiting bytes if the byte limit is exceeded, else -1

  Publishes, on the channel of each line that an org entered, the entries of the org's mailbox, as a JSON list of
    [ orgId, stands, [ streamId, id, payload, fingerprint, ... ] ]   (stands: the org's virtual time in the line)
  or, if a call has too many items for that, publishes the line numbers to all workers: see wakeLines().
]]
${ITEM_RECORD_LUA}
${LINE_LUA}
local busyKey, seqKey = KEYS[1], KEYS[2]
local tag, mailboxMax, bytesMax, stepMs = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
-- Number of arguments per item, and before the first unit.
local ITEM, HEAD = 5, 4
local time = redis.call('TIME')
local nowMs = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local paces, boxes, reply = {}, {}, {}

local function paceOf(orgId)
  if not paces[orgId] then paces[orgId] = readPace(tag, orgId) end
  return paces[orgId]
end

${PROMISE_ROOM_LUA}
-- Returns the new items and bytes per org, and the state of each id before anything of the unit is written.
local function countFresh(first, last)
  local fresh, known = {}, {}
  for at = first, last, ITEM do
    local id, orgId = ARGV[at], ARGV[at + 1]
    if not known[id] then
      known[id] = describe(tag, id)
      if known[id][1] == 0 then
        local part = fresh[orgId] or { count = 0, bytes = 0 }
        part.count, part.bytes = part.count + 1, part.bytes + #ARGV[at + 2]
        fresh[orgId] = part
      end
    end
  end
  return fresh, known
end

-- Returns the bytes of an entry's payload, and the bytes its mailbox received since it was last empty,
-- including this entry. Entries of an older release have no such sum.
local function weigh(entry)
  local size = tonumber(field(entry, 'n')) or #field(entry, 'p')
  local record = redis.call('GET', tag .. ':i:' .. field(entry, 'i'))
  if not record then return size, size end
  local _, _, _, _, got = cmsgpack.unpack(record)
  return size, got or size
end

-- Returns the state of a mailbox within this call, read once per call: depth, and the entries that left it
-- (departed) and the bytes it received since it was last empty.
local function lookInto(orgId)
  local box = boxes[orgId]
  if box then return box end
  local key = tag .. ':mailbox:' .. orgId
  box = { key = key, depth = redis.call('XLEN', key), departed = 0, bytesGot = 0, bytesGone = 0 }
  if box.depth > 0 then
    local _, got = weigh(redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)[1])
    box.bytesGot, box.bytesGone = got, nil
  end
  boxes[orgId] = box
  return box
end

-- Whether "more" bytes exceed the limit. There is no counter that could drift: entries leave at the head, so
-- the bytes received before the head have left. The head is read only if the limit may be exceeded.
local function hasBytesOver(box, more, most)
  if box.bytesGot + more <= most then return false end
  if not box.bytesGone then
    local size, got = weigh(redis.call('XRANGE', box.key, '-', '+', 'COUNT', 1)[1])
    box.bytesGone = math.min(box.bytesGot, got - size)
  end
  return box.bytesGot - box.bytesGone + more > most
end

-- Returns a refusal for the first org without room for its part. Bytes are converted to items of the mean
-- waiting size.
local function findFull(fresh)
  for orgId, part in pairs(fresh) do
    local box = lookInto(orgId)
    local depth = box.depth
    if depth + part.count > mailboxMax then
      return { 2, orgId, depth, promiseRoom(orgId, depth, part.count, mailboxMax), paceOf(orgId), -1 }
    elseif depth > 0 and hasBytesOver(box, part.bytes, bytesMax) then
      local bytes = box.bytesGot - box.bytesGone
      local size = math.max(1, bytes / depth)
      local count, most = math.ceil(part.bytes / size), math.max(1, math.floor(bytesMax / size))
      return { 2, orgId, depth, promiseRoom(orgId, depth, count, most), paceOf(orgId), bytes }
    end
  end
end

local function isNearlyFull(box)
  return box.depth * 10 >= mailboxMax or hasBytesOver(box, 0, bytesMax / 10)
end

-- Prepares the mailbox of an org for an append.
local function openMailbox(orgId)
  local box = lookInto(orgId)
  if box.isOpen then return box end
  box.isOpen = true
  if box.depth > 0 then
    box.departed = departed(tag, orgId)
  else
    redis.call('ZADD', busyKey, 'NX', nowMs, orgId)
    if not isPaused(tag, orgId) then box.line, box.stands = enterLine(tag, orgId) end
  end
  return box
end

local handedItems, handedBytes = 0, 0

local function isTooMuch()
  return handedItems > ${HANDED_ITEMS_MAX} or handedBytes > ${HANDED_BYTES_MAX}
end

-- Notes an entry of a mailbox that was empty, in the form in which readBatch() returns it.
local function noteToHandOver(box, streamId, id, payload, fingerprint)
  handedItems, handedBytes = handedItems + 1, handedBytes + #payload
  if isTooMuch() then return end
  local entries = box.entries or {}
  entries[#entries + 1] = streamId
  entries[#entries + 1] = id
  entries[#entries + 1] = payload
  entries[#entries + 1] = fingerprint
  box.entries = entries
end

-- Returns the entries appended to empty mailboxes, by line; nil when they are too many, because then one take
-- is cheaper.
local function handOver()
  if isTooMuch() then return nil end
  local handed = {}
  for orgId, box in pairs(boxes) do
    if box.entries then
      local ofLine = handed[box.line] or {}
      ofLine[#ofLine + 1] = { orgId, string.format('%.17g', box.stands), box.entries }
      handed[box.line] = ofLine
    end
  end
  return handed
end

local function enqueue(box, seq, id, orgId, payload, fingerprint, summary)
  local streamId = string.format('%.0f', seq) .. '-' .. nowMs
  local fields = { 'i', id, 'p', payload }
  if #payload > ${PAYLOAD_INLINE_BYTES_MAX} then
    redis.call('HSET', largeKeyOf(tag, orgId), streamId, payload)
    fields[3], fields[4], fields[5], fields[6] = 's', summary, 'n', #payload
  end
  if fingerprint ~= '' then
    fields[#fields + 1] = 'f'
    fields[#fields + 1] = fingerprint
  end
  redis.call('XADD', box.key, streamId, unpack(fields))
  if box.line then noteToHandOver(box, streamId, id, payload, fingerprint) end
  box.depth, box.bytesGot = box.depth + 1, box.bytesGot + #payload
  redis.call('SET', tag .. ':i:' .. id, cmsgpack.pack(WAITING, orgId, seq, box.departed + box.depth, box.bytesGot))
  return { 3, box.depth, paceOf(orgId) }
end

local function replay(state, orgId, fingerprint)
  local known = state[1] == 1 and state[4] or state[3]
  if state[2] ~= orgId or known ~= fingerprint then return { 4 } end
  return state
end

-- Entry numbers, reserved for the whole call with the first entry. Unused numbers leave gaps, which are
-- harmless because numbers are only compared.
local seq
local function nextSeq()
  if not seq then
    local most = math.floor((#ARGV - HEAD) / ITEM)
    seq = redis.call('INCRBY', seqKey, most) - most
  end
  seq = seq + 1
  return seq
end

local function writeUnit(first, last, known)
  local unit = { 1 }
  for at = first, last, ITEM do
    local id, orgId, payload, fingerprint, summary = unpack(ARGV, at, at + ITEM - 1)
    -- A second item with the same id in a unit is a replay of the first.
    local state = known[id] or describe(tag, id)
    known[id] = nil
    if state[1] == 0 then
      unit[#unit + 1] = enqueue(openMailbox(orgId), nextSeq(), id, orgId, payload, fingerprint, summary)
    else
      unit[#unit + 1] = replay(state, orgId, fingerprint)
    end
  end
  return unit
end

local cursor = HEAD + 1
while cursor <= #ARGV do
  local mode, first = ARGV[cursor], cursor + 2
  local last = first + tonumber(ARGV[cursor + 1]) * ITEM - 1
  local fresh, known = countFresh(first, last)
  local full = mode ~= 'force' and findFull(fresh)
  if full then
    reply[#reply + 1] = full
  elseif mode == 'check' then
    reply[#reply + 1] = { 1 }
  else
    reply[#reply + 1] = writeUnit(first, last, known)
    -- Only orgs near a limit pay for this.
    for orgId, part in pairs(fresh) do
      if isNearlyFull(boxes[orgId]) then noteRoomTaken(orgId, part.count) end
    end
  end
  cursor = last + 1
end
closeLedgers()
return { wakeLines(tag, handOver()), unpack(reply) }
`;
