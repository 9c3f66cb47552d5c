-- A job under key limits has stopped running: where a key has a cap, its place goes to the next one that waits for it.
-- What a rate holds is left alone: it has the time of its start, and nothing is gained by moving it before.
-- Includes: unpark
local function ease_limits(id, limits, at)
  for _, limit in ipairs(cjson.decode(limits)) do
    local key = limit[1]
    if redis.call('SREM', limit_active_key(key), id) == 1 then
      local cap = tonumber(redis.call('HGET', limit_key(key), 'concurrency') or limit[4])
      if cap > 0 then unpark(key, 1, at) end
    end
  end
end
