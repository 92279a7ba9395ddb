--[[
  Lists the waiting items of one mailbox, newest first. Read-only. The cost depends on the listed entries and not on
  the mailbox's length, because an item's record has its ordinal.

  KEYS[1] mailbox   stream of the org

  ARGV[1] tag
  ARGV[2] bound     entry id to begin at: + or (id
  ARGV[3] countMax
  ARGV[4] orgId

  Returns { pace, next, id, payload, fingerprint, place, summary, ... } flat
    pace              as returned by readPace()
    payload, summary  as returned by show()
    next              the entry id before which there may be older entries, '' on the last page: a page ends after
                      countMax items or LIST_WAITING_BYTES_MAX bytes
]]
--- @include "mailbox"
--- @include "pace"
--- @limit LIST_WAITING_BYTES_MAX
-- Entries per read, so that few entries after a full page are read and discarded.
local READ = 100
local tag, orgId, countMax = ARGV[1], ARGV[4], tonumber(ARGV[3])
local flat, bytes = { readPace(tag, orgId), '' }, 0
local gone = departed(tag, orgId)

local function add(entry)
  local id = field(entry, 'i')
  local record = redis.call('GET', tag .. ':i:' .. id)
  -- find() does not show an entry without its record either.
  if not record then return end
  local _, _, _, ordinal = cmsgpack.unpack(record)
  local payload, summary = show(entry)
  bytes = bytes + #payload + #summary
  for _, value in ipairs({ id, payload, field(entry, 'f'), ordinal - gone, summary }) do flat[#flat + 1] = value end
end

local bound, count, last = ARGV[2], 0, ''
while true do
  -- One more than needed, to see whether older entries follow.
  local asked = math.min(READ, countMax + 1 - count)
  local entries = redis.call('XREVRANGE', KEYS[1], bound, '-', 'COUNT', asked)
  for _, entry in ipairs(entries) do
    if count >= countMax or bytes > LIST_WAITING_BYTES_MAX then
      flat[2] = last
      return flat
    end
    add(entry)
    count, last = count + 1, entry[1]
  end
  if #entries < asked then return flat end
  bound = '(' .. last
end
