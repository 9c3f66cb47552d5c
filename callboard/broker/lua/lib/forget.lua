-- Remove a finished job and all that belongs to it from Redis; the history keeps it.
-- Includes: emit
local function forget(id, queue, state)
  redis.call('ZREM', prefix .. ':queue:' .. queue .. ':' .. state, id)
  local job = redis.call('HMGET', job_key(id), 'type', 'version', 'flow')
  if not job[1] then return end
  redis.call('DEL', job_key(id), errors_key(id), log_key(id))
  if job[3] then redis.call('DEL', next_key(id), needs_key(id), parents_key(id)) end
  emit('job:removed', id, job[1], queue, job[2] + 1)
end
