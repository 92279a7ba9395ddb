/**
 * Lua shared by the scripts that read items: what an entry of a mailbox has, how an item's record is packed, and how it is shown.
 * A record is one MessagePack sequence, because that is compact and every id may hold any character.
 */
import { PAYLOAD_INLINE_BYTES_MAX } from '../limits.ts';

export const ITEM_RECORD_LUA = `
-- Fields of an entry: i = id, f = fingerprint (absent = none), and either p = payload, or for one of more than
-- PAYLOAD_INLINE_BYTES_MAX bytes n = its bytes and s = its summary. Such a payload lies in the hash of large payloads, under the entry's id: reading
-- entries copies a bounded number of bytes each.
--
-- Record of a waiting item: 0, orgId, seq, ordinal, bytes   (seq: first half of the entry id, alone in its mailbox;
-- ordinal: how many entries the mailbox has got since it was last empty, this one included; bytes: the same of payloads)
-- Record of a settled item: 1, orgId, fingerprint, result
local WAITING, SETTLED = 0, 1

local function field(entry, name)
  local fields = entry[2]
  for i = 1, #fields, 2 do
    if fields[i] == name then return fields[i + 1] end
  end
  return ''
end

-- Keys of a mailbox's large payloads. The hash is deleted with the mailbox.
local function largeKeyOf(tag, orgId)
  return tag .. ':large:' .. orgId
end

-- What an entry shows of its payload: payload, summary; one of them is ''. Both are, of a large payload of a release that
-- kept it in the entry.
local function show(entry)
  local payload = field(entry, 'p')
  if #payload > ${PAYLOAD_INLINE_BYTES_MAX} then payload = '' end
  return payload, field(entry, 's')
end

-- How many entries have left the org's mailbox since it was last empty. Items leave it from its head only, so that is
-- also where the line begins.
local function departed(tag, orgId)
  return tonumber(redis.call('HGET', tag .. ':departed', orgId) or 0)
end

-- Mostly nobody is, and one look tells that of all orgs of a call.
local isAnyPaused
local function isPaused(tag, orgId)
  if isAnyPaused == nil then isAnyPaused = redis.call('EXISTS', tag .. ':paused') == 1 end
  return isAnyPaused and redis.call('SISMEMBER', tag .. ':paused', orgId) == 1
end

-- ms an item of the org takes, as last measured; '' when that is not known, or the org is paused: then nobody knows.
local function readPace(tag, orgId)
  if isPaused(tag, orgId) then return '' end
  return redis.call('GET', tag .. ':pace:' .. orgId) or ''
end

-- One item for a reply: { 1, orgId, payload, fingerprint, place, pace, summary } while it waits,
-- { 2, orgId, fingerprint, result } when settled ('' = kept elsewhere), { 0 } when unknown.
local function describe(tag, id)
  local record = redis.call('GET', tag .. ':i:' .. id)
  if not record then return { 0 } end
  local kind, orgId, third, fourth = cmsgpack.unpack(record)
  if kind == SETTLED then return { 2, orgId, third, fourth } end
  -- Half an id means any second half.
  local seq = string.format('%.0f', third)
  local entry = redis.call('XRANGE', tag .. ':mailbox:' .. orgId, seq, seq)[1]
  if not entry then return { 0 } end
  local place = fourth - departed(tag, orgId)
  local payload, summary = show(entry)
  return { 1, orgId, payload, field(entry, 'f'), place, readPace(tag, orgId), summary }
end
`;
