-- delayed -> waiting: the time of a job has come, or somebody would not wait for it. One that a limit held keeps its turn.
-- Includes: leave_delayed, line_up, place, emit
local function advance(id, job, at)
  local turn_at = job.reason == 'limited' and job.parked and redis.call('ZSCORE', parked_key(job.parked), id)
  leave_delayed(id, job.queue, job.parked)
  redis.call('HSET', job_key(id), 'state', 'waiting', 'version', job.version + 1, 'ready_ms', at)
  redis.call('HDEL', job_key(id), 'reason', 'due_ms', 'parked')
  if turn_at then
    place(id, job.queue, turn_at)
  else
    line_up(id, job.queue, at, job.priority, job.fairness)
  end
  emit('job:promoted', id, job.type, job.queue, job.version + 1)
end
