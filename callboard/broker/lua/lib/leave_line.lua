-- Take a job that does not run out of the set of its state.
-- Includes: leave_delayed
local function leave_line(id, job)
  if job.state == 'delayed' then
    leave_delayed(id, job.queue, job.parked)
  elseif job.state == 'blocked' then
    redis.call('ZREM', blocked_key(job.queue), id)
    redis.call('DEL', needs_key(id))
  else
    redis.call('ZREM', waiting_key(job.queue), id)
  end
  redis.call('HDEL', job_key(id), 'reason', 'due_ms', 'parked')
end
