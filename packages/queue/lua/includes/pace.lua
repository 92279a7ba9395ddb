-- Whether an org is paused, and how fast it is served.

-- Usually no org is paused, so one EXISTS answers for all orgs of a call.
local isAnyPaused
local function isPaused(tag, orgId)
  if isAnyPaused == nil then isAnyPaused = redis.call('EXISTS', tag .. ':paused') == 1 end
  return isAnyPaused and redis.call('SISMEMBER', tag .. ':paused', orgId) == 1
end

-- Returns the measured ms per item of the org; '' when it is unknown or the org is paused.
local function readPace(tag, orgId)
  if isPaused(tag, orgId) then return '' end
  return redis.call('GET', tag .. ':pace:' .. orgId) or ''
end
