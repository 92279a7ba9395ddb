/**
 * Lua shared by the scripts that read items: the fields of a mailbox entry, the format of an item's record,
 * and its reply. A record is a MessagePack sequence, because that is compact and allows any character in ids.
 */
import { PAYLOAD_INLINE_BYTES_MAX } from '../limits.ts';

export const ITEM_RECORD_LUA = `
-- Fields of an entry: i = id, f = fingerprint (absent = none), and either p = payload, or for one of more
-- than PAYLOAD_INLINE_BYTES_MAX bytes n = its bytes and s = its summary. Such a payload is stored in the hash
-- of large payloads under the entry's id, so reading an entry copies a bounded number of bytes.
--
-- Record of a waiting item: 0, orgId, seq, ordinal, bytes   (seq: first half of the entry id, unique in the mailbox;
-- ordinal: entries the mailbox received since it was last empty, including this one; bytes: the same for payload bytes)
-- Record of a settled item: 1, orgId, fingerprint, result
local WAITING, SETTLED = 0, 1

local function field(entry, name)
  local fields = entry[2]
  for i = 1, #fields, 2 do
    if fields[i] == name then return fields[i + 1] end
  end
  return ''
end

-- Key of a mailbox's large payloads. The hash is deleted with the mailbox.
local function largeKeyOf(tag, orgId)
  return tag .. ':large:' .. orgId
end

-- Returns payload, summary of an entry for display; one of them is ''. Both are '' for a large payload that
-- an older release stored in the entry.
local function show(entry)
  local payload = field(entry, 'p')
  if #payload > ${PAYLOAD_INLINE_BYTES_MAX} then payload = '' end
  return payload, field(entry, 's')
end

-- Returns how many entries left the org's mailbox since it was last empty. Entries leave only at the head, so
-- an item's place is its ordinal minus this number.
local function departed(tag, orgId)
  return tonumber(redis.call('HGET', tag .. ':departed', orgId) or 0)
end

-- Usually no org is paused, so one EXISTS answers for all orgs of a call.
local isAnyPaused
local function isPaused(tag, orgId)
  if isAnyPaused == nil then isAnyPaused = redis.call('EXISTS', tag .. ':paused') == 1 end
  return isAnyPaused and redis.call('SISMEMBER', tag .. ':paused', orgId) == 1
end

-- Returns the measured ms per item of the org; '' when it is unknown or the org is paused.
local function readPace(tag, orgId)
  if isPaused(tag, orgId) then return '' end
  return redis.call('GET', tag .. ':pace:' .. orgId) or ''
end

-- Returns one item for a reply: { 1, orgId, payload, fingerprint, place, pace, summary } while it waits,
-- { 2, orgId, fingerprint, result } when settled ('' = kept elsewhere), { 0 } when unknown.
local function describe(tag, id)
  local record = redis.call('GET', tag .. ':i:' .. id)
  if not record then return { 0 } end
  local kind, orgId, third, fourth = cmsgpack.unpack(record)
  if kind == SETTLED then return { 2, orgId, third, fourth } end
  -- XRANGE with only the first half of an id matches any second half.
  local seq = string.format('%.0f', third)
  local entry = redis.call('XRANGE', tag .. ':mailbox:' .. orgId, seq, seq)[1]
  if not entry then return { 0 } end
  local place = fourth - departed(tag, orgId)
  local payload, summary = show(entry)
  return { 1, orgId, payload, field(entry, 'f'), place, readPace(tag, orgId), summary }
end
`;
