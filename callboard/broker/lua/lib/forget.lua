-- Remove a finished job and all that belongs to it from Redis; the history keeps it. Where its end is not recorded
-- yet, the event takes the record along.
-- Includes: recorded_ms, record, emit
local function forget(id, queue, state)
  redis.call('ZREM', prefix .. ':queue:' .. queue .. ':' .. state, id)
  local job = record(id)
  if not job.type then return end
  local until_ms = recorded_ms()
  local unrecorded = until_ms and tonumber(job.finished_ms or 0) >= until_ms
  redis.call('DEL', job_key(id), errors_key(id), log_key(id))
  if job.flow then redis.call('DEL', next_key(id), needs_key(id), parents_key(id)) end
  emit('job:removed', id, job.type, queue, job.version + 1, unrecorded and cjson.encode({record = job}) or nil)
end
