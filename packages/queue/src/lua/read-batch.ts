/** Lua shared by the scripts that hand out work: the head of a mailbox, cut by count and by bytes. */
export const READ_BATCH_LUA = `
-- Always from the head: there is no cursor that could skip an entry.
-- Returns entries flat: streamId, id, payload, fingerprint, ... ; at least one entry when there is one.
local READ_PAGE = 64
local function readBatch(mailboxKey, countMax, bytesMax)
  local flat, count, bytes, from = {}, 0, 0, '-'
  while count < countMax do
    local page = redis.call('XRANGE', mailboxKey, from, '+', 'COUNT', math.min(READ_PAGE, countMax - count))
    for _, entry in ipairs(page) do
      local id, payload, fingerprint = '', '', ''
      local fields = entry[2]
      for i = 1, #fields, 2 do
        if fields[i] == 'i' then id = fields[i + 1]
        elseif fields[i] == 'p' then payload = fields[i + 1]
        elseif fields[i] == 'f' then fingerprint = fields[i + 1] end
      end
      bytes = bytes + #payload
      if count > 0 and bytes > bytesMax then return flat end
      flat[#flat + 1] = entry[1]
      flat[#flat + 1] = id
      flat[#flat + 1] = payload
      flat[#flat + 1] = fingerprint
      count = count + 1
    end
    if #page < READ_PAGE then return flat end
    from = '(' .. page[#page][1]
  end
  return flat
end
`;
