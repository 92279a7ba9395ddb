--[[
  Entries of a mailbox.

  Fields of an entry: i = id, f = fingerprint (absent = none), and either p = payload, or for one of more than
  PAYLOAD_ENTRY_BYTES_MAX bytes n = its bytes and s = its summary. Such a payload is stored in the hash of large
  payloads under the entry's id, so reading an entry copies a bounded number of bytes.
]]
--- @limit PAYLOAD_ENTRY_BYTES_MAX

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
  if #payload > PAYLOAD_ENTRY_BYTES_MAX then payload = '' end
  return payload, field(entry, 's')
end

-- Returns how many entries left the org's mailbox since it was last empty. Entries leave only at the head, so
-- an item's place is its ordinal minus this number.
local function departed(tag, orgId)
  return tonumber(redis.call('HGET', tag .. ':departed', orgId) or 0)
end
