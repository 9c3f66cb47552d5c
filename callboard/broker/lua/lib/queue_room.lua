-- How many jobs a queue may start now: paused, concurrency over all workers, rate. Jobs read ahead never count under a cap.
-- Includes: rate_room
local function queue_room(queue, share, free, at)
  local limit = redis.call('HMGET', settings_key(queue), 'paused', 'concurrency', 'rate_count', 'rate_per_ms')
  if limit[1] then return 0, nil end
  local room = share
  if limit[2] then
    room = math.min(room, free, tonumber(limit[2]) - redis.call('ZCARD', active_key(queue)))
  end
  if limit[3] and room > 0 then
    return rate_room(starts_key(queue), room, tonumber(limit[3]), tonumber(limit[4]), at)
  end
  return math.max(room, 0), nil
end
