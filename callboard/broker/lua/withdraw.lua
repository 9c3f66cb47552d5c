-- The wish that active jobs be cancelled is taken back, and their workers are told at once.
-- An attempt that has stopped for it by then is handed back: the job goes on in another one.
-- Guarantees: each job atomically; holds for the attempt that runs now; safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: ids*
-- Returns: for each job WITHDRAWN, its state where its cancellation is not asked for, or MISSING
-- Emits: job:edited
-- Includes: record, emit
local replies = {}
for i = ids, #ARGV do
  local id = ARGV[i]
  local job = record(id)
  local reply = job.state or 'MISSING'
  if job.state == 'active' and job.cancel then
    reply = 'WITHDRAWN'
    redis.call('HDEL', job_key(id), 'cancel')
    redis.call('HSET', job_key(id), 'withdrawn', job.fence, 'version', job.version + 1)
    redis.call('RPUSH', control_key(job.worker), cjson.encode({order = 'withdraw', id = id, fence = job.fence}))
    redis.call('EXPIRE', control_key(job.worker), 60)
    emit('job:edited', id, job.type, job.queue, job.version + 1, '{"state":"active","cancelling":false}')
  elseif job.state == 'active' and job.withdrawn == job.fence then
    reply = 'WITHDRAWN'
  end
  replies[#replies + 1] = reply
end
return replies
