-- A job is parked under one of its keys: what another of them has room for may have been kept for it, and goes to the
-- next one parked there. Only where all limits of that key have room: else two keys would hand a job to and fro.
-- Includes: rate_room, unpark
local function offer_room(limits, parked_under, at)
  for _, limit in ipairs(limits) do
    local key = limit[1]
    if key ~= parked_under and redis.call('EXISTS', parked_key(key)) == 1 then
      local set = redis.call('HMGET', limit_key(key), 'rate_count', 'rate_per_ms', 'concurrency', 'blocked_until_ms')
      local count, per_ms = tonumber(set[1] or limit[2]), tonumber(set[2] or limit[3])
      local cap, blocked = tonumber(set[3] or limit[4]), tonumber(set[4] or 0)
      local room = blocked <= at and (cap == 0 or redis.call('SCARD', limit_active_key(key)) < cap)
      if room and (count == 0 or rate_room(limit_starts_key(key), 1, count, per_ms, at) > 0) then unpark(key, 1, at) end
    end
  end
end
