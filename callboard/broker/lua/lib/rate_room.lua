-- How many of `room` starts a rate allows now, and when it allows one again if not all.
-- Keeps the times of the last `count` starts: one may follow when the oldest is `per_ms` or more ago.
local function rate_room(key, room, count, per_ms, at)
  local starts = redis.call('LRANGE', key, -count, -1)
  local inside, earliest = 0, nil
  for _, start in ipairs(starts) do
    if tonumber(start) > at - per_ms then
      inside = inside + 1
      earliest = earliest or tonumber(start)
    end
  end
  local allowed = math.min(room, count - inside)
  return allowed, allowed < room and (earliest or at) + per_ms or nil
end
