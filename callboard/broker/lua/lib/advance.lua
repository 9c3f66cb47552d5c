-- delayed -> waiting: the time of a job has come, or somebody would not wait for it.
-- Includes: record, leave_delayed, line_up, emit
local function advance(id, queue, at)
  local job = record(id)
  leave_delayed(id, queue, job.parked)
  if not job.type then return end
  redis.call('HSET', job_key(id), 'state', 'waiting', 'version', job.version + 1, 'ready_ms', at)
  redis.call('HDEL', job_key(id), 'reason', 'due_ms', 'parked')
  line_up(id, queue, at, job.priority, job.fairness)
  emit('job:promoted', id, job.type, queue, job.version + 1)
end
