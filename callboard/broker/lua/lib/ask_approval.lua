-- A step has all that it needs and stays blocked until somebody approves it.
-- Includes: emit
local function ask_approval(id, job, at)
  redis.call('HSET', job_key(id), 'reason', 'approval', 'version', job.version + 1, 'asked_ms', at)
  emit('job:approval', id, job.type, job.queue, job.version + 1, '{"state":"blocked","reason":"approval"}')
end
