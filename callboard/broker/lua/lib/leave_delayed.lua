-- Take a job out of the delayed of its queue, and out of the line of the key that parked it.
local function leave_delayed(id, queue, parked)
  redis.call('ZREM', delayed_key(queue), id)
  if parked then redis.call('ZREM', parked_key(parked), id) end
  local head = redis.call('ZRANGE', delayed_key(queue), 0, 0, 'WITHSCORES')
  if head[2] then
    redis.call('ZADD', due_key(), head[2], queue)
  else
    redis.call('ZREM', due_key(), queue)
  end
end
