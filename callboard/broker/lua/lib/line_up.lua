-- Put a job into the waiting line of its queue and see that somebody comes for it.
-- Includes: turn, wake
local function line_up(id, queue, ready_ms, priority, fairness)
  redis.call('ZADD', waiting_key(queue), turn(queue, ready_ms, tonumber(priority or 3), fairness), id)
  redis.call('SADD', ready_key(), queue)
  wake(queue)
end
