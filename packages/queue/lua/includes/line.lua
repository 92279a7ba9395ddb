--[[
  Puts orgs into lines and wakes the lines. A line contains exactly those of its orgs that have items in their mailbox
  and are not paused; the worker that holds a line subscribes to the channel of the same name.
]]
--- @limit LINES

-- The last byte of the hash, because the first bytes choose the shard. Must agree with lineOf() in shards.ts.
local function lineOf(orgId)
  return tonumber(string.sub(redis.sha1hex(orgId), -2), 16) % LINES
end

-- The lines that orgs enter in this call: for enterLine() and wakeLines().
local function noLines()
  return { list = {}, isIn = {} }
end

-- A new org starts one unit after the line's virtual time, so re-entering with single items cannot starve the
-- others. Adds the line to "entered". Returns the line, and the org's virtual time in it.
local function enterLine(tag, entered, orgId)
  local line = lineOf(orgId)
  local virtualTime = tonumber(redis.call('HGET', tag .. ':clocks', line) or 0) + 1
  redis.call('ZADD', tag .. ':line:' .. line, 'NX', virtualTime, orgId)
  if not entered.isIn[line] then entered.list[#entered.list + 1] = line end
  entered.isIn[line] = true
  return line, virtualTime
end

-- Notifies workers of the lines that orgs entered, and returns the lines that no worker holds: these need a
-- turn. With "inline" (entries by line that the holder can serve without a take), only the holder of each
-- line is notified. PUBLISH is not written to the append-only file, so this counts as no write.
local function wakeLines(tag, entered, inline)
  local lines, idle = entered.list, {}
  if #lines == 0 then return idle end
  if inline then
    for _, line in ipairs(lines) do
      if redis.call('PUBLISH', tag .. ':line:' .. line, cjson.encode(inline[line])) == 0 then idle[#idle + 1] = line end
    end
    return idle
  end
  redis.call('PUBLISH', tag .. ':work', table.concat(lines, ','))
  local channels = {}
  for at, line in ipairs(lines) do channels[at] = tag .. ':line:' .. line end
  local holders = redis.call('PUBSUB', 'NUMSUB', unpack(channels))
  for at, line in ipairs(lines) do
    if holders[2 * at] == 0 then idle[#idle + 1] = line end
  end
  return idle
end
