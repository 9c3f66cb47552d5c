-- Set aside an entry of a line that is no job of that queue, with the reason; its neighbours go on.
-- Includes: emit
local function quarantine(id, queue, reason)
  redis.call('ZREM', waiting_key(queue), id)
  redis.call('LPUSH', quarantine_key(), cjson.encode({id = id, queue = queue, reason = reason}))
  redis.call('LTRIM', quarantine_key(), 0, 999)
  emit('job:quarantined', id, '', queue, 0, cjson.encode({reason = reason}))
end
