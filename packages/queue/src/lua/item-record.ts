/**
 * Lua shared by the scripts that read items: how an item's record is packed, and how it is shown.
 * A record is one MessagePack sequence, because that is compact and every id may hold any character.
 */
export const ITEM_RECORD_LUA = `
-- Record of a waiting item: 0, orgId, seq, ordinal   (seq: first half of the entry id, alone in its mailbox;
-- ordinal: the mailbox's entries-added after its XADD)
-- Record of a settled item: 1, orgId, fingerprint, result
local WAITING, SETTLED = 0, 1

local function field(entry, name)
  local fields = entry[2]
  for i = 1, #fields, 2 do
    if fields[i] == name then return fields[i + 1] end
  end
  return ''
end

-- Items leave a mailbox from its head only, so the number that left is also where the line begins.
local function departed(mailboxKey)
  local info = redis.call('XINFO', 'STREAM', mailboxKey)
  local added, length
  for i = 1, #info, 2 do
    if info[i] == 'entries-added' then added = info[i + 1] end
    if info[i] == 'length' then length = info[i + 1] end
  end
  -- Before Redis 7 nothing counts them: a place is then what it was at acceptance, and can only get better.
  return added and added - length or 0
end

-- ms an item of the org takes, as last measured; '' when that is not known, or the org is paused: then nobody knows.
local function readPace(tag, orgId)
  if redis.call('SISMEMBER', tag .. ':paused', orgId) == 1 then return '' end
  return redis.call('GET', tag .. ':pace:' .. orgId) or ''
end

-- One item for a reply: { 1, orgId, payload, fingerprint, place, pace } while it waits,
-- { 2, orgId, fingerprint, result } when settled, { 0 } when unknown.
local function describe(tag, id)
  local record = redis.call('GET', tag .. ':i:' .. id)
  if not record then return { 0 } end
  local kind, orgId, third, fourth = cmsgpack.unpack(record)
  if kind == SETTLED then return { 2, orgId, third, fourth } end
  local mailboxKey = tag .. ':mailbox:' .. orgId
  -- Half an id means any second half.
  local seq = string.format('%.0f', third)
  local entry = redis.call('XRANGE', mailboxKey, seq, seq)[1]
  if not entry then return { 0 } end
  local place = fourth - departed(mailboxKey)
  return { 1, orgId, field(entry, 'p'), field(entry, 'f'), place, readPace(tag, orgId) }
end
`;
