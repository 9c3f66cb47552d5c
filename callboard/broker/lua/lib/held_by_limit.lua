-- The key that forbids a job to start now and when to try again, or nil: key rates, key concurrency, a service that said wait.
-- The n-th job parked behind a rate gets the n-th coming start, so that a long line is moved once and not each window.
-- Includes: rate_room
local function held_by_limit(id, limits, turn_at, at)
  for _, limit in ipairs(limits) do
    local key = limit[1]
    local set = redis.call('HMGET', limit_key(key), 'rate_count', 'rate_per_ms', 'concurrency', 'blocked_until_ms')
    local count, per_ms = tonumber(set[1] or limit[2]), tonumber(set[2] or limit[3])
    local cap, blocked = tonumber(set[3] or limit[4]), tonumber(set[4] or 0)
    if blocked > at then return key, blocked end
    if cap > 0 and redis.call('SCARD', limit_active_key(key)) >= cap then return key, at + 60000 end
    if count > 0 and rate_room(limit_starts_key(key), 1, count, per_ms, at) < 1 then
      redis.call('ZADD', parked_key(key), turn_at, id)
      local line = redis.call('ZRANK', parked_key(key), id)
      local start = redis.call('LINDEX', limit_starts_key(key), line % count - count)
      return key, tonumber(start) + per_ms * (math.floor(line / count) + 1)
    end
    limit[2], limit[3] = count, per_ms
  end
  return nil, nil
end
