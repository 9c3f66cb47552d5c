-- A job has reached a final state: write it, file it, and free what it held.
-- Includes: untie
local function retire(id, job, state, at)
  redis.call('HSET', job_key(id), 'state', state, 'version', job.version + 1, 'finished_ms', at)
  redis.call('ZADD', prefix .. ':queue:' .. job.queue .. ':' .. state, at, id)
  untie(id, job, true, at)
end
