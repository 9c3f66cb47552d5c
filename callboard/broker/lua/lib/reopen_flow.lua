-- A step of a flow runs again: the flow is open once more, and the steps skipped because of it wait for it again.
-- Includes: unfile, emit
local function reopen_flow(flow, id, at)
  redis.call('SADD', open_key(flow), id)
  redis.call('HSET', flow_key(flow), 'state', 'active')
  redis.call('HDEL', flow_key(flow), 'broken', 'finished_ms')
  local cause = {[id] = true}
  for _, step in ipairs(redis.call('LRANGE', members_key(flow), 0, -1)) do
    local job = redis.call('HMGET', job_key(step), 'state', 'blocked_by', 'type', 'queue', 'version')
    if job[1] == 'failed' and job[2] and cause[job[2]] then
      cause[step] = true
      unfile(step, job[4], 'failed')
      redis.call('HSET', job_key(step), 'state', 'blocked', 'version', job[5] + 1)
      redis.call('ZADD', blocked_key(job[4]), at, step)
      redis.call('SADD', needs_key(step), job[2])
      redis.call('SADD', open_key(flow), step)
      emit('job:rerun', step, job[3], job[4], job[5] + 1)
    end
  end
end
