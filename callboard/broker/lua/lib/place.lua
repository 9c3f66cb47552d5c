-- Put a job into the waiting line of its queue at a turn, and see that somebody comes for it.
-- Includes: wake
local function place(id, queue, turn_at)
  redis.call('ZADD', waiting_key(queue), turn_at, id)
  redis.call('SADD', ready_key(), queue)
  wake(queue)
end
