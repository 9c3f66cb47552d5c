-- Move the virtual time of a queue to the turn of the job now served, so that new keys start beside it.
local function note_served(queue, score, job)
  local base = score - (tonumber(job.priority or 3) - 1) * PRIORITY_STEP_MS
  local served = tonumber(redis.call('HGET', turns_key(queue), '*served') or 0)
  if base > served then redis.call('HSET', turns_key(queue), '*served', base) end
end
