--[[
  Age of the oldest item of any org that is not paused. Read-only.

  KEYS[1] busy
  KEYS[2] paused

  Returns ms since the acceptance of the oldest item of an org that is not paused; 0 when there is none.
  Reads the 1,000 orgs with the oldest items: if all of them are paused, it returns 0.
]]
local busy = redis.call('ZRANGE', KEYS[1], 0, 999, 'WITHSCORES')
local time = redis.call('TIME')
for at = 1, #busy, 2 do
  if redis.call('SISMEMBER', KEYS[2], busy[at]) == 0 then
    return math.max(0, time[1] * 1000 + math.floor(time[2] / 1000) - tonumber(busy[at + 1]))
  end
end
return 0
