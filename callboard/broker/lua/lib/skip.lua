-- blocked -> failed: a step that it cannot do without has failed or was cancelled.
-- Includes: record, retire, note_error, emit
local function skip(id, cause, at)
  local job, parent = record(id), redis.call('HMGET', job_key(cause), 'type', 'state')
  if job.state ~= 'blocked' then return end
  redis.call('ZREM', blocked_key(job.queue), id)
  redis.call('DEL', needs_key(id))
  redis.call('HSET', job_key(id), 'blocked_by', cause)
  redis.call('HDEL', job_key(id), 'reason')
  local words = 'skipped: it depends on ' .. (parent[1] or 'a step') .. ' ' .. cause .. ', which is ' .. (parent[2] or 'gone')
  local told = note_error(id, {}, at, {class = 'permanent', type = 'Skipped', message = words, traceback = ''})
  retire(id, job, 'failed', at)
  told.blocked_by = cause
  emit('job:failed', id, job.type, job.queue, job.version + 1, cjson.encode(told))
end
