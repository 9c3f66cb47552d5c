-- How many of `room` starts a rate allows now, and when it allows one again if not all.
-- The times of the last `count` starts are kept, oldest first: one more may follow when the oldest is `per_ms` old.
local function rate_room(key, room, count, per_ms, at)
  local most = math.min(room, count)
  for more = 0, most - 1 do
    local start = redis.call('LINDEX', key, more - count)
    if start and tonumber(start) > at - per_ms then return more, tonumber(start) + per_ms end
  end
  return most, most < room and at + per_ms or nil
end
