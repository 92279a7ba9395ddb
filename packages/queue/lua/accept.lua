--[[
  Accepts units of items, each unit as a whole or not at all. The only script that appends to mailboxes. All checks of a
  unit precede its first write, so a refusal (also Redis's own, out of memory) never leaves a partial unit.

  KEYS[1] busy    zset  org id -> acceptance time (ms) of its oldest item
  KEYS[2] seq     counter for the entry ids: never reused, so a mailbox may be deleted and recreated
  KEYS[3] paused  set of org ids: read by isPaused()

  ARGV[1] tag    hash tag: prefix of every key
  ARGV[2] mailboxMax       items
  ARGV[3] mailboxBytesMax  bytes of payloads; a unit always fits into an empty mailbox
  ARGV[4] stepMs  waits of refused callers are multiples of it
  ARGV[5...] for each unit:
          mode   'accept' | 'check' (writes nothing) | 'force' (already checked: skips the limits)
          n      number of items, then n times: id, orgId, payload, fingerprint ('' = none),
                 summary ('' = none; stored only for a payload of more than PAYLOAD_ENTRY_BYTES_MAX bytes)

  Returns { woken, unit, unit, ... }
    woken  partitions that an org entered in this call and that no worker holds: these need a lease
    unit   { 1, item, item, ... } accepted, or with mode 'check': { 1 }
             item  { 3, place, pace } queued
                   { 4 } mismatch: same id, another org or fingerprint; nothing enqueued
                   { 1, ... } | { 2, ... } replayed, as returned by describe()
           { 2, orgId, depth, waitMs, pace, bytes } full: nothing of the unit was written; room is promised after
             waitMs; bytes: waiting bytes if the byte limit is exceeded, else -1

  Publishes, on the channel of each partition that an org entered, the entries of its mailbox, as a JSON list of
    [ orgId, virtualTime, [ streamId, id, payload, fingerprint, ... ] ]   (virtualTime: of the org in the partition)
  or, if a call has too many items for that, publishes the partition numbers to all workers: see wakePartitions().
]]
--- @include "item-record"
--- @include "partition"
--- @include "mailbox"
--- @include "mailbox-room"
--- @include "pace"
--- @include "promise-room"
--- @limit INLINE_BYTES_MAX
--- @limit INLINE_ITEMS_MAX
--- @limit PAYLOAD_ENTRY_BYTES_MAX
local tag, mailboxMax, bytesMax, stepMs = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
-- Number of arguments per item, and before the first unit.
local ITEM, HEAD = 5, 4
local time = redis.call('TIME')
local nowMs = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
-- What this call knows of the orgs it saw.
local boxes, paces, entered, promises = {}, {}, noPartitions(), openPromises(tag, KEYS[1], stepMs, time)

local function paceOf(orgId)
  if not paces[orgId] then paces[orgId] = readPace(tag, orgId) end
  return paces[orgId]
end

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

-- Returns a refusal for the first org without room for its part. Bytes are converted to items of the mean
-- waiting size.
local function findFull(fresh)
  for orgId, part in pairs(fresh) do
    local box = lookInto(tag, boxes, orgId)
    local depth = box.depth
    if depth + part.count > mailboxMax then
      local pace = paceOf(orgId)
      return { 2, orgId, depth, promiseRoom(promises, orgId, depth, part.count, mailboxMax, pace), pace, -1 }
    elseif depth > 0 and hasBytesOver(tag, box, part.bytes, bytesMax) then
      local bytes = box.bytesGot - box.bytesGone
      local size = math.max(1, bytes / depth)
      local count, most = math.ceil(part.bytes / size), math.max(1, math.floor(bytesMax / size))
      local pace = paceOf(orgId)
      return { 2, orgId, depth, promiseRoom(promises, orgId, depth, count, most, pace), pace, bytes }
    end
  end
end

-- Prepares the mailbox of an org for an append.
local function openMailbox(orgId)
  local box = lookInto(tag, boxes, orgId)
  if box.isOpen then return box end
  box.isOpen = true
  if box.depth > 0 then
    box.departed = departed(tag, orgId)
  else
    redis.call('ZADD', KEYS[1], 'NX', nowMs, orgId)
    if not isPaused(tag, orgId) then box.partition, box.virtualTime = enterPartition(tag, entered, orgId) end
  end
  return box
end

local inlineItems, inlineBytes = 0, 0

local function isInlineTooMuch()
  return inlineItems > INLINE_ITEMS_MAX or inlineBytes > INLINE_BYTES_MAX
end

-- Notes an entry of a mailbox that was empty, in the form in which readBatch() returns it.
local function noteInline(box, streamId, id, payload, fingerprint)
  inlineItems, inlineBytes = inlineItems + 1, inlineBytes + #payload
  if isInlineTooMuch() then return end
  local entries = box.entries or {}
  entries[#entries + 1] = streamId
  entries[#entries + 1] = id
  entries[#entries + 1] = payload
  entries[#entries + 1] = fingerprint
  box.entries = entries
end

-- Returns the entries appended to empty mailboxes, by partition; nil when they are too many, because then one
-- take is cheaper.
local function inlineByPartition()
  if isInlineTooMuch() then return nil end
  local inline = {}
  for orgId, box in pairs(boxes) do
    if box.entries then
      local ofPartition = inline[box.partition] or {}
      ofPartition[#ofPartition + 1] = { orgId, string.format('%.17g', box.virtualTime), box.entries }
      inline[box.partition] = ofPartition
    end
  end
  return inline
end

-- Entry numbers, reserved for the whole call with the first entry. Unused numbers leave gaps, which are
-- harmless because numbers are only compared.
local seq
local function nextSeq()
  if not seq then
    local most = math.floor((#ARGV - HEAD) / ITEM)
    seq = redis.call('INCRBY', KEYS[2], most) - most
  end
  seq = seq + 1
  return seq
end

local function enqueue(id, orgId, payload, fingerprint, summary)
  local box, number = openMailbox(orgId), nextSeq()
  local streamId = string.format('%.0f', number) .. '-' .. nowMs
  local fields = { 'i', id, 'p', payload }
  if #payload > PAYLOAD_ENTRY_BYTES_MAX then
    redis.call('HSET', largeKeyOf(tag, orgId), streamId, payload)
    fields[3], fields[4], fields[5], fields[6] = 's', summary, 'n', #payload
  end
  if fingerprint ~= '' then
    fields[#fields + 1] = 'f'
    fields[#fields + 1] = fingerprint
  end
  redis.call('XADD', box.key, streamId, unpack(fields))
  if box.partition then noteInline(box, streamId, id, payload, fingerprint) end
  box.depth, box.bytesGot = box.depth + 1, box.bytesGot + #payload
  local record = cmsgpack.pack(WAITING, orgId, number, box.departed + box.depth, box.bytesGot)
  redis.call('SET', tag .. ':i:' .. id, record)
  return { 3, box.depth, paceOf(orgId) }
end

local function replay(state, orgId, fingerprint)
  local known = state[1] == 1 and state[4] or state[3]
  if state[2] ~= orgId or known ~= fingerprint then return { 4 } end
  return state
end

local function writeUnit(first, last, known)
  local unit = { 1 }
  for at = first, last, ITEM do
    local id, orgId, payload, fingerprint, summary = unpack(ARGV, at, at + ITEM - 1)
    -- A second item with the same id in a unit is a replay of the first.
    local state = known[id] or describe(tag, id)
    known[id] = nil
    if state[1] == 0 then
      unit[#unit + 1] = enqueue(id, orgId, payload, fingerprint, summary)
    else
      unit[#unit + 1] = replay(state, orgId, fingerprint)
    end
  end
  return unit
end

-- Room was found, which counts if the mailbox is nearly full. Only orgs near a limit pay for this.
local function noteRoom(fresh)
  for orgId, part in pairs(fresh) do
    local box = boxes[orgId]
    if box.depth * 10 >= mailboxMax or hasBytesOver(tag, box, 0, bytesMax / 10) then
      noteRoomTaken(promises, orgId, part.count, paceOf(orgId))
    end
  end
end

local reply, cursor = {}, HEAD + 1
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
    noteRoom(fresh)
  end
  cursor = last + 1
end
storePromises(promises)
return { wakePartitions(tag, entered, inlineByPartition()), unpack(reply) }
