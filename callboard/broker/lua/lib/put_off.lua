-- Put a job among the delayed of its queue; an idle worker is told when it has become the earliest.
-- Includes: wake
local function put_off(id, queue, due_ms)
  redis.call('ZADD', delayed_key(queue), due_ms, id)
  local known = redis.call('ZSCORE', due_key(), queue)
  if not known or tonumber(known) > due_ms then
    redis.call('ZADD', due_key(), due_ms, queue)
    wake(queue)
  end
end
