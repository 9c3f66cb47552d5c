-- Mark an active job as to be cancelled, and tell its worker at once.
-- Includes: emit
local function ask_to_stop(id, job)
  redis.call('HSET', job_key(id), 'cancel', 1, 'version', job.version + 1)
  redis.call('RPUSH', control_key(job.worker), cjson.encode({order = 'cancel', id = id, fence = job.fence}))
  redis.call('EXPIRE', control_key(job.worker), 60)
  emit('job:cancelling', id, job.type, job.queue, job.version + 1)
end
