/**
 * Lua shared by the scripts that put orgs into lines. A line has exactly the orgs of its own that have something in
 * their mailbox and are not paused; a worker that holds a line subscribes to the channel of the same name.
 */
import { LINES } from '../limits.ts';

export const LINE_LUA = `
-- The last byte of the hash, because the first ones choose the shard: lineOf() in shards.ts says the same.
local function lineOf(orgId)
  return tonumber(string.sub(redis.sha1hex(orgId), -2), 16) % ${LINES}
end

local enteredLines, isEntered = {}, {}

-- One behind the line's clock: whoever comes again and again, with little each time, does not keep others from their part.
-- Returns the line, and where the org stands in it.
local function enterLine(tag, orgId)
  local line = lineOf(orgId)
  local stands = tonumber(redis.call('HGET', tag .. ':clocks', line) or 0) + 1
  redis.call('ZADD', tag .. ':line:' .. line, 'NX', stands, orgId)
  if not isEntered[line] then enteredLines[#enteredLines + 1] = line end
  isEntered[line] = true
  return line, stands
end

-- Tells the workers which lines somebody came into, and returns those that no worker holds: these need a turn.
-- With "handed", by line what its holder can serve without asking, that is all that is told, to nobody but the holder.
-- What is published is in no log, so this writes nothing.
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
