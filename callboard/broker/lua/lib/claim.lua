-- Move the jobs that start from the line to the active of their queue, with a lease each, and count them for its rate.
-- Includes: note_starts
local function claim(queue, ids, lease_ms, at)
  local actives, leases = {}, {}
  for n, id in ipairs(ids) do
    actives[2 * n - 1], actives[2 * n] = at, id
    leases[2 * n - 1], leases[2 * n] = at + lease_ms, id
  end
  redis.call('ZREM', waiting_key(queue), unpack(ids))
  redis.call('ZADD', active_key(queue), unpack(actives))
  redis.call('ZADD', leases_key(), unpack(leases))
  local rate = redis.call('HMGET', settings_key(queue), 'rate_count', 'rate_per_ms')
  if rate[1] then note_starts(starts_key(queue), #ids, tonumber(rate[1]), tonumber(rate[2]), at) end
end
