-- waiting -> delayed: a key limit holds a job until the exact time at which it may run; its neighbours go on.
-- Includes: put_off, emit
local function park(id, job, key, until_ms, turn_at, at)
  local due_ms = math.max(until_ms, at + 1)
  redis.call('ZREM', waiting_key(job.queue), id)
  redis.call('HSET', job_key(id), 'state', 'delayed', 'version', job.version + 1, 'reason', 'limited',
    'due_ms', due_ms, 'parked', key)
  redis.call('ZADD', parked_key(key), turn_at, id)
  put_off(id, job.queue, due_ms)
  emit('job:parked', id, job.type, job.queue, job.version + 1, cjson.encode({key = key, due_ms = due_ms}))
end
