/**
 * Lua shared by the scripts that put orgs into lines. A line contains exactly those of its orgs that have
 * items in their mailbox and are not paused; the worker that holds a line subscribes to the channel of the
 * same name.
 */
import { LINES } from '../limits.ts';

export const LINE_LUA = `
-- The last byte of the hash, because the first bytes choose the shard. Must agree with lineOf() in shards.ts.
local function lineOf(orgId)
  return tonumber(string.sub(redis.sha1hex(orgId), -2), 16) % ${LINES}
end

local enteredLines, isEntered = {}, {}

-- A new org starts one unit after the line's virtual time, so re-entering with single items cannot starve the
-- others. Returns the line, and the org's virtual time in it.
local function enterLine(tag, orgId)
  local line = lineOf(orgId)
  local stands = tonumber(redis.call('HGET', tag .. ':clocks', line) or 0) + 1
  redis.call('ZADD', tag .. ':line:' .. line, 'NX', stands, orgId)
  if not isEntered[line] then enteredLines[#enteredLines + 1] = line end
  isEntered[line] = true
  return line, stands
end

-- Notifies workers of the lines that orgs entered, and returns the lines that no worker holds: these need a
-- turn. With "handed" (entries by line that the holder can serve without a take), only the holder of each
-- line is notified. PUBLISH is not written to the append-only file, so this counts as no write.
local function wakeLines(tag, handed)
  if #enteredLines == 0 then return {} end
  if handed then
    local idle = {}
    for _, line in ipairs(enteredLines) do
      if redis.call('PUBLISH', tag .. ':line:' .. line, cjson.encode(handed[line])) == 0 then idle[#idle + 1] = line end
    end
    return idle
  end
  redis.call('PUBLISH', tag .. ':work', table.concat(enteredLines, ','))
  local channels, idle = {}, {}
  for at, line in ipairs(enteredLines) do channels[at] = tag .. ':line:' .. line end
  local holders = redis.call('PUBSUB', 'NUMSUB', unpack(channels))
  for at, line in ipairs(enteredLines) do
    if holders[2 * at] == 0 then idle[#idle + 1] = line end
  end
  return idle
end
`;
