/**
 * Lua of the work script that hands out batches. Read-only: an entry leaves its mailbox only when it is
 * settled.
 */
export const TAKE_LUA = `
-- Takes batches in weighted-fair order. Each line has its own clock; an offset maps it to the worker's clock,
-- which is the virtual time of the org taken last. A line never lags behind that clock, so an idle line
-- accumulates no credit.
local PAGE_ORGS_MIN, PAGE_ORGS_MAX = 4, 64

-- Advances the head to the line's next org that is not excluded; false when there is none.
local function advance(head, excluded)
  while true do
    if head.at > #head.page then
      if head.isLast then return false end
      head.page = redis.call('ZRANGE', head.key, head.from, head.from + head.size - 1, 'WITHSCORES')
      head.isLast = #head.page < 2 * head.size
      head.at, head.from, head.size = 1, head.from + head.size, math.min(2 * head.size, PAGE_ORGS_MAX)
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

local function openHeads(first, last, excluded, clock)
  local heads, moved = {}, {}
  for at = first, last, 2 do
    local line = ARGV[at]
    local head = { line = line, key = tag .. ':line:' .. line, page = {}, at = 1, from = 0, size = PAGE_ORGS_MIN }
    if advance(head, excluded) then
      head.offset = tonumber(ARGV[at + 1])
      if not head.offset or head.score + head.offset < clock then
        head.offset = clock - head.score
        moved[#moved + 1] = line
        moved[#moved + 1] = string.format('%.17g', head.offset)
      end
      heads[#heads + 1] = head
    end
  end
  return heads, moved
end

-- Returns the next orgs by the worker's clock, each with its virtual time; smallest first.
local function pickOrgs(heads, room, excluded)
  local picks = {}
  while #picks < room and #heads > 0 do
    local least = 1
    for at = 2, #heads do
      if heads[at].score + heads[at].offset < heads[least].score + heads[least].offset then least = at end
    end
    local head = heads[least]
    picks[#picks + 1] = { orgId = head.orgId, line = head.line, stands = head.score + head.offset }
    if not advance(head, excluded) then table.remove(heads, least) end
  end
  return picks
end

-- Returns { clock, hasMore (0 | 1), { line, offset, ... } of the lines whose offset changed, { orgId, line, ageMs, { streamId, id, ... } }, ... }
local function takeBatches(at)
  local room, itemsMax, bytesMax, batchMax = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local sharedMax, clock, servedCount, lineCount = tonumber(ARGV[at + 4]), tonumber(ARGV[at + 5]), tonumber(ARGV[at + 6]), tonumber(ARGV[at + 7])
  local firstServed = at + 8
  local firstLine = firstServed + servedCount
  local excluded = {}
  for excludedAt = firstLine + 2 * lineCount, #ARGV do excluded[ARGV[excludedAt]] = true end
  local heads, moved = openHeads(firstLine, firstLine + 2 * lineCount - 1, excluded, clock)
  local picks = pickOrgs(heads, room, excluded)
  local isShared = #picks > 1 or #heads > 0
  for servedAt = firstServed, firstLine - 1 do
    if picks[1] and ARGV[servedAt] ~= picks[1].orgId then isShared = true end
  end
  local reply, time = { '', 0, moved }, redis.call('TIME')
  local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
  for index, pick in ipairs(picks) do
    if itemsMax <= 0 or bytesMax <= 0 then
      reply[2] = 1
      break
    end
    local countMax = batchMax
    if isShared then
      countMax = math.min(countMax, sharedMax * tonumber(redis.call('HGET', weightsKey, pick.orgId) or 1))
    end
    local flat, bytes = readBatch(pick.orgId, countMax, bytesMax)
    itemsMax, bytesMax = itemsMax - #flat / 4, bytesMax - bytes
    clock = math.max(clock, pick.stands)
    local acceptedAt = flat[1] and tonumber(string.match(flat[1], '%-(%d+)$')) or nowMs
    reply[#reply + 1] = { pick.orgId, pick.line, math.max(0, nowMs - acceptedAt), flat }
  end
  if #heads > 0 then reply[2] = 1 end
  reply[1] = string.format('%.17g', clock)
  return reply
end
`;
