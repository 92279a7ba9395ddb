/** Shows what waits in one mailbox, newest first. Reads only. */
import { ITEM_RECORD_LUA } from './item-record.ts';

export const LIST_WAITING_LUA = `
--[[
  KEYS[1] mailbox   stream of the org

  ARGV[1] tag
  ARGV[2] bound     entry id to begin at: + or (id
  ARGV[3] countMax
  ARGV[4] orgId

  Returns { pace, streamId, id, payload, fingerprint, place, ... } flat; pace as readPace() gives it.
  Costs what the listed entries cost, however long the mailbox is: an item's record knows its place.
]]
${ITEM_RECORD_LUA}
local tag = ARGV[1]
local flat = { readPace(tag, ARGV[4]) }
local entries = redis.call('XREVRANGE', KEYS[1], ARGV[2], '-', 'COUNT', ARGV[3])
if #entries == 0 then return flat end
local gone = departed(tag, ARGV[4])
for _, entry in ipairs(entries) do
  local id = field(entry, 'i')
  local record = redis.call('GET', tag .. ':i:' .. id)
  -- An entry without its record is nothing find() would show either.
  if record then
    local _, _, _, ordinal = cmsgpack.unpack(record)
    flat[#flat + 1] = entry[1]
    flat[#flat + 1] = id
    flat[#flat + 1] = field(entry, 'p')
    flat[#flat + 1] = field(entry, 'f')
    flat[#flat + 1] = ordinal - gone
  end
end
return flat
`;
