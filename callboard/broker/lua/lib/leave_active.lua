-- Take jobs off the active of their queue: leases and places under the queue's cap are free again.
-- Includes: wake
local function leave_active(queue, ids)
  redis.call('ZREM', active_key(queue), unpack(ids))
  redis.call('ZREM', leases_key(), unpack(ids))
  if redis.call('SISMEMBER', ready_key(), queue) == 1 then wake(queue) end
end
