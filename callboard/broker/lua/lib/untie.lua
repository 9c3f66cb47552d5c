-- A job stops running, or is over when `final`: free the slots of its key limits, its unique key, and note a finished
-- step of a flow, whose dependants must hear of it. A job without any of these has no `ties`, and costs nothing here.
-- Includes: ease_limits
local function untie(id, job, final, at)
  if not job.ties then return end
  local ties = redis.call('HMGET', job_key(id), 'limits', 'unique', 'flow')
  if ties[1] then ease_limits(id, ties[1], at) end
  if not final then return end
  if ties[2] and redis.call('GET', unique_key(ties[2])) == id then redis.call('DEL', unique_key(ties[2])) end
  if ties[3] then redis.call('RPUSH', retired_key(), id) end
end
