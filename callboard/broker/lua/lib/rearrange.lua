-- Put a job that does not run from the set in which it was to the one of its queue, state, time and priority now.
-- A key that holds it goes on doing so in the new queue, unless the job is to wait for a time of its own.
-- Includes: leave_delayed, put_off, line_up
local function rearrange(id, job, was)
  if job.queue ~= was.queue then redis.call('SADD', queues_key(), job.queue) end
  if was.state == 'blocked' then
    local since = redis.call('ZSCORE', blocked_key(was.queue), id)
    redis.call('ZREM', blocked_key(was.queue), id)
    return redis.call('ZADD', blocked_key(job.queue), since or job.enqueued_ms, id)
  end
  if was.state == 'delayed' then
    leave_delayed(id, was.queue, not job.parked and was.parked)
  else
    redis.call('ZREM', waiting_key(was.queue), id)
  end
  if job.state == 'waiting' then
    return line_up(id, job.queue, tonumber(job.ready_ms or job.enqueued_ms), job.priority, job.fairness)
  end
  put_off(id, job.queue, tonumber(job.due_ms))
  local steps = (tonumber(job.priority) or 3) - (tonumber(was.priority) or 3)
  if job.parked and steps ~= 0 then redis.call('ZINCRBY', parked_key(job.parked), steps * PRIORITY_STEP_MS, id) end
end
