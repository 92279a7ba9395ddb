--[[
  Hands out batches in weighted-fair order. Read-only: an entry leaves its mailbox only when it is completed.

  Each partition has its own clock; an offset maps it to the worker's clock, which is the virtual time of the org taken
  last. A partition never lags behind that clock, so an idle partition accumulates no credit.
]]
--- @include "mailbox"
-- Page sizes: entries of a mailbox and orgs of a partition. They double with each page.
local PAGE_MIN, PAGE_MAX = 4, 64

-- Reads a batch of at most "countMax" entries and "bytesMax" bytes, but at least one entry, from the head of a
-- mailbox: there is no cursor that could skip an entry. Returns the entries flat (streamId, id, payload,
-- fingerprint, ...) and their bytes. A large payload is read only if its entry is returned.
local function readBatch(tag, orgId, countMax, bytesMax)
  local mailboxKey = tag .. ':mailbox:' .. orgId
  local flat, count, bytes, from, wanted = {}, 0, 0, '-', PAGE_MIN
  while count < countMax do
    local asked = math.min(wanted, countMax - count)
    local page = redis.call('XRANGE', mailboxKey, from, '+', 'COUNT', asked)
    for _, entry in ipairs(page) do
      -- One pass over the fields: field() would make one for each.
      local id, payload, fingerprint, size = '', '', '', nil
      local fields = entry[2]
      for i = 1, #fields, 2 do
        if fields[i] == 'i' then id = fields[i + 1]
        elseif fields[i] == 'p' then payload = fields[i + 1]
        elseif fields[i] == 'f' then fingerprint = fields[i + 1]
        elseif fields[i] == 'n' then size = tonumber(fields[i + 1]) end
      end
      if count > 0 and bytes + (size or #payload) > bytesMax then return flat, bytes end
      if size then payload = redis.call('HGET', largeKeyOf(tag, orgId), entry[1]) or '' end
      bytes = bytes + #payload
      flat[#flat + 1] = entry[1]
      flat[#flat + 1] = id
      flat[#flat + 1] = payload
      flat[#flat + 1] = fingerprint
      count = count + 1
    end
    if #page < asked then return flat, bytes end
    from = '(' .. page[#page][1]
    wanted = math.min(2 * wanted, PAGE_MAX)
  end
  return flat, bytes
end

-- Advances the head to the partition's next org that is not excluded; false when there is none.
local function advance(head, excluded)
  while true do
    if head.at > #head.page then
      if head.isLast then return false end
      head.page = redis.call('ZRANGE', head.key, head.from, head.from + head.size - 1, 'WITHSCORES')
      head.isLast = #head.page < 2 * head.size
      head.at, head.from, head.size = 1, head.from + head.size, math.min(2 * head.size, PAGE_MAX)
    else
      local orgId, score = head.page[head.at], tonumber(head.page[head.at + 1])
      head.at = head.at + 2
      if not excluded[orgId] then
        head.orgId, head.score = orgId, score
        return true
      end
    end
  end
end

-- Opens the partitions args[first...last]: partition, offset, ... Returns their heads, and those whose offset
-- changed, with the new offset.
local function openHeads(tag, args, first, last, excluded, clock)
  local heads, moved = {}, {}
  for at = first, last, 2 do
    local partition = args[at]
    local key = tag .. ':line:' .. partition
    local head = { partition = partition, key = key, page = {}, at = 1, from = 0, size = PAGE_MIN }
    if advance(head, excluded) then
      head.offset = tonumber(args[at + 1])
      if not head.offset or head.score + head.offset < clock then
        head.offset = clock - head.score
        moved[#moved + 1] = partition
        moved[#moved + 1] = string.format('%.17g', head.offset)
      end
      heads[#heads + 1] = head
    end
  end
  return heads, moved
end

-- Returns the next orgs by the worker's clock, each with its virtual time; smallest first. Leaves in "heads"
-- the partitions that have more.
local function pickOrgs(heads, room, excluded)
  local picks = {}
  while #picks < room and #heads > 0 do
    local least = 1
    for at = 2, #heads do
      if heads[at].score + heads[at].offset < heads[least].score + heads[least].offset then least = at end
    end
    local head = heads[least]
    picks[#picks + 1] = { orgId = head.orgId, partition = head.partition, virtualTime = head.score + head.offset }
    if not advance(head, excluded) then table.remove(heads, least) end
  end
  return picks
end

-- Takes what args[at...] wants, as listed in the head of work.lua. Returns
--   { clock, hasMore (0 | 1), { partition, offset, ... } of the partitions whose offset changed,
--     { orgId, partition, ageMs, { streamId, id, ... } }, ... }
local function takeBatches(tag, weightsKey, args, at)
  local room, itemsMax, bytesMax = tonumber(args[at]), tonumber(args[at + 1]), tonumber(args[at + 2])
  local batchMax, sharedMax, clock = tonumber(args[at + 3]), tonumber(args[at + 4]), tonumber(args[at + 5])
  local firstServed = at + 8
  local firstPartition = firstServed + tonumber(args[at + 6])
  local firstExcluded = firstPartition + 2 * tonumber(args[at + 7])
  local excluded = {}
  for excludedAt = firstExcluded, #args do excluded[args[excludedAt]] = true end
  local heads, moved = openHeads(tag, args, firstPartition, firstExcluded - 1, excluded, clock)
  local picks = pickOrgs(heads, room, excluded)
  local isShared = #picks > 1 or #heads > 0
  for servedAt = firstServed, firstPartition - 1 do
    if picks[1] and args[servedAt] ~= picks[1].orgId then isShared = true end
  end
  local reply, time = { '', 0, moved }, redis.call('TIME')
  local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
  for _, pick in ipairs(picks) do
    if itemsMax <= 0 or bytesMax <= 0 then
      reply[2] = 1
      break
    end
    local countMax = batchMax
    if isShared then
      countMax = math.min(countMax, sharedMax * tonumber(redis.call('HGET', weightsKey, pick.orgId) or 1))
    end
    local flat, bytes = readBatch(tag, pick.orgId, countMax, bytesMax)
    itemsMax, bytesMax = itemsMax - #flat / 4, bytesMax - bytes
    clock = math.max(clock, pick.virtualTime)
    local acceptedAt = flat[1] and tonumber(string.match(flat[1], '%-(%d+)$')) or nowMs
    reply[#reply + 1] = { pick.orgId, pick.partition, math.max(0, nowMs - acceptedAt), flat }
  end
  if #heads > 0 then reply[2] = 1 end
  reply[1] = string.format('%.17g', clock)
  return reply
end
