/** Shows what waits in one mailbox, newest first. Reads only. */
import { LIST_WAITING_BYTES_MAX } from '../limits.ts';
import { ITEM_RECORD_LUA } from './item-record.ts';

export const LIST_WAITING_LUA = `
--[[
  KEYS[1] mailbox   stream of the org

  ARGV[1] tag
  ARGV[2] bound     entry id to begin at: + or (id
  ARGV[3] countMax
  ARGV[4] orgId

  Returns { pace, next, id, payload, fingerprint, place, summary, ... } flat; pace as readPace() and payload and
  summary as show() give them. Next is the entry id behind which there may be older ones, '' on the last page: a page ends
  when it has countMax items or LIST_WAITING_BYTES_MAX bytes of them. Costs what the listed entries cost, however long the
  mailbox is: an item's record knows its place.
]]
${ITEM_RECORD_LUA}
local tag = ARGV[1]
local flat = { readPace(tag, ARGV[4]), '' }
local countMax, bytes = tonumber(ARGV[3]), 0
-- One more than wanted shows whether more follow.
local entries = redis.call('XREVRANGE', KEYS[1], ARGV[2], '-', 'COUNT', countMax + 1)
if #entries == 0 then return flat end
local gone = departed(tag, ARGV[4])
for at, entry in ipairs(entries) do
  if at > countMax or bytes > ${LIST_WAITING_BYTES_MAX} then
    flat[2] = entries[at - 1][1]
    break
  end
  local id = field(entry, 'i')
  local record = redis.call('GET', tag .. ':i:' .. id)
  -- An entry without its record is nothing find() would show either.
  if record then
    local _, _, _, ordinal = cmsgpack.unpack(record)
    local payload, summary = show(entry)
    bytes = bytes + #payload + #summary
    flat[#flat + 1] = id
    flat[#flat + 1] = payload
    flat[#flat + 1] = field(entry, 'f')
    flat[#flat + 1] = ordinal - gone
    flat[#flat + 1] = summary
  end
end
return flat
`;
