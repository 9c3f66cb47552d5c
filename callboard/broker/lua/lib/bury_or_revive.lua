-- What becomes of a job whose worker died: cancelled if that was asked for, failed when its crashes are spent,
-- else back to the head of its line.
-- Includes: leave_active, untie, retire, line_back, note_error, emit
local function bury_or_revive(id, job, max_crashes, at)
  local crashes = redis.call('HINCRBY', job_key(id), 'crashes', 1)
  leave_active(job.queue, {id})
  local told = note_error(id, job, at, {class = 'lost', type = 'WorkerLost', traceback = '',
    message = 'worker ' .. (job.worker or '?') .. ' died or stood still while running it (crash ' .. crashes .. ')'})
  if job.cancel or crashes >= max_crashes then
    local state = job.cancel and 'cancelled' or 'failed'
    retire(id, job, state, at)
    return emit('job:' .. state, id, job.type, job.queue, job.version + 1, cjson.encode(told))
  end
  untie(id, job, false, at)
  redis.call('HSET', job_key(id), 'state', 'waiting', 'version', job.version + 1)
  redis.call('HDEL', job_key(id), 'worker', 'progress')
  line_back(id, job.queue, tonumber(job.enqueued_ms), job.priority)
  emit('job:rescued', id, job.type, job.queue, job.version + 1, cjson.encode(told))
end
