--[[
  The record of an item, and the item as it is returned. A record is a MessagePack sequence, because that is compact
  and allows any character in ids.

  waiting: 0, orgId, seq, ordinal, bytes   seq: first half of the entry id, unique in the mailbox; ordinal: entries the
                                           mailbox received since it was last empty, including this one; bytes: the
                                           same for payload bytes
  completed: 1, orgId, fingerprint, result
]]
--- @include "mailbox"
--- @include "pace"
local WAITING, COMPLETED = 0, 1

-- Returns one item for a reply: { 1, orgId, payload, fingerprint, place, pace, summary } while it waits,
-- { 2, orgId, fingerprint, result } when completed ('' = kept elsewhere), { 0 } when unknown.
local function describe(tag, id)
  local record = redis.call('GET', tag .. ':i:' .. id)
  if not record then return { 0 } end
  local kind, orgId, third, fourth = cmsgpack.unpack(record)
  if kind == COMPLETED then return { 2, orgId, third, fourth } end
  -- XRANGE with only the first half of an id matches any second half.
  local seq = string.format('%.0f', third)
  local entry = redis.call('XRANGE', tag .. ':mailbox:' .. orgId, seq, seq)[1]
  if not entry then return { 0 } end
  local place = fourth - departed(tag, orgId)
  local payload, summary = show(entry)
  return { 1, orgId, payload, field(entry, 'f'), place, readPace(tag, orgId), summary }
end
