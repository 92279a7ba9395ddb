/**
 * Lua shared by the scripts that hand out work: reads the head of a mailbox, limited by count and by bytes.
 */
export const READ_BATCH_LUA = `
-- Always from the head: there is no cursor that could skip an entry. Returns entries flat: streamId, id,
-- payload, fingerprint, ... ; at least one entry if the mailbox is not empty; and their bytes. The page size
-- doubles with each page. A large payload is read only if its entry is returned.
local PAGE_MIN, PAGE_MAX = 4, 64

local function readBatch(orgId, countMax, bytesMax)
  local mailboxKey = tag .. ':mailbox:' .. orgId
  local flat, count, bytes, from, wanted = {}, 0, 0, '-', PAGE_MIN
  while count < countMax do
    local asked = math.min(wanted, countMax - count)
    local page = redis.call('XRANGE', mailboxKey, from, '+', 'COUNT', asked)
    for _, entry in ipairs(page) do
      local id, payload, fingerprint, size = '', '', '', nil
      local fields = entry[2]
      for i = 1, #fields, 2 do
        if fields[i] == 'i' then id = fields[i + 1]
        elseif fields[i] == 'p' then payload = fields[i + 1]
        elseif fields[i] == 'f' then fingerprint = fields[i + 1]
        elseif fields[i] == 'n' then size = tonumber(fields[i + 1]) end
      end
      if count > 0 and bytes + (size or #payload) > bytesMax then return flat, bytes end
      if size then payload = redis.call('HGET', largeKeyOf(tag, orgId), entry[1]) or '' end
      bytes = bytes + #payload
      flat[#flat + 1] = entry[1]
      flat[#flat + 1] = id
      flat[#flat + 1] = payload
      flat[#flat + 1] = fingerprint
      count = count + 1
    end
    if #page < asked then return flat, bytes end
    from = '(' .. page[#page][1]
    wanted = math.min(2 * wanted, PAGE_MAX)
  end
  return flat, bytes
end
`;
