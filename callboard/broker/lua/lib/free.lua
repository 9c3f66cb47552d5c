-- blocked -> waiting or delayed: nothing that a step needs is left; unless it is left out, or to be approved first.
-- Includes: record, drop, ask_approval, line_up, put_off, emit
local function free(id, at)
  local job = record(id)
  if job.state ~= 'blocked' then return end
  if job.left_out then return drop(id, job, at) end
  if job.approval == 'asked' then return ask_approval(id, job, at) end
  redis.call('ZREM', blocked_key(job.queue), id)
  local due_ms = math.max(tonumber(job.due_ms or 0), at + tonumber(job.delay_ms or 0))
  if due_ms > at then
    redis.call('HSET', job_key(id), 'state', 'delayed', 'version', job.version + 1, 'reason', 'scheduled',
      'due_ms', due_ms)
    put_off(id, job.queue, due_ms)
  else
    redis.call('HSET', job_key(id), 'state', 'waiting', 'version', job.version + 1, 'ready_ms', at)
    redis.call('HDEL', job_key(id), 'due_ms', 'reason')
    line_up(id, job.queue, at, job.priority, job.fairness)
  end
  emit('job:promoted', id, job.type, job.queue, job.version + 1)
end
