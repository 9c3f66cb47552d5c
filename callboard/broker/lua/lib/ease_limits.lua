-- A job under key limits has stopped running: free its slots and let the next one that waits for each key go.
-- Includes: unpark
local function ease_limits(id, limits, at)
  for _, limit in ipairs(cjson.decode(limits)) do
    if redis.call('SREM', limit_active_key(limit[1]), id) == 1 then unpark(limit[1], 1, at) end
  end
end
