-- How full the mailboxes are, in items and in bytes.
--- @include "mailbox"

-- Returns the bytes of an entry's payload, and the bytes its mailbox received since it was last empty,
-- including this entry. Entries of an older release have no such sum.
local function weigh(tag, entry)
  local size = tonumber(field(entry, 'n')) or #field(entry, 'p')
  local record = redis.call('GET', tag .. ':i:' .. field(entry, 'i'))
  if not record then return size, size end
  local _, _, _, _, got = cmsgpack.unpack(record)
  return size, got or size
end

-- Returns the state of a mailbox within this call: depth, and the entries that left it (departed) and the
-- bytes it received since it was last empty. "boxes" keeps it by org, so it is read once per call.
local function lookInto(tag, boxes, orgId)
  local box = boxes[orgId]
  if box then return box end
  local key = tag .. ':mailbox:' .. orgId
  box = { key = key, depth = redis.call('XLEN', key), departed = 0, bytesGot = 0, bytesGone = 0 }
  if box.depth > 0 then
    local _, got = weigh(tag, redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)[1])
    box.bytesGot, box.bytesGone = got, nil
  end
  boxes[orgId] = box
  return box
end

-- Whether "more" bytes exceed the limit. There is no counter that could drift: entries leave at the head, so
-- the bytes received before the head have left. The head is read only if the limit may be exceeded.
local function hasBytesOver(tag, box, more, most)
  if box.bytesGot + more <= most then return false end
  if not box.bytesGone then
    local size, got = weigh(tag, redis.call('XRANGE', box.key, '-', '+', 'COUNT', 1)[1])
    box.bytesGone = math.min(box.bytesGot, got - size)
  end
  return box.bytesGot - box.bytesGone + more > most
end
