-- active -> delayed for `delay_ms`, or back to the line at the place it had when there is nothing to wait for.
-- Includes: line_back, put_off
local function defer(id, job, delay_ms, reason, at)
  local version = job.version + 1
  redis.call('HDEL', job_key(id), 'worker', 'progress')
  if delay_ms > 0 then
    redis.call('HSET', job_key(id), 'state', 'delayed', 'version', version, 'reason', reason, 'due_ms', at + delay_ms)
    put_off(id, job.queue, at + delay_ms)
  else
    local had = redis.call('HMGET', job_key(id), 'ready_ms', 'enqueued_ms', 'priority')
    redis.call('HSET', job_key(id), 'state', 'waiting', 'version', version)
    line_back(id, job.queue, tonumber(had[1] or had[2]), had[3])
  end
  return version
end
