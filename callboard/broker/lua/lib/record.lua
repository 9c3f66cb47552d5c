-- The record of a job as a table of its fields; empty when there is none.
local function record(id)
  local flat, job = redis.call('HGETALL', job_key(id)), {}
  for i = 1, #flat, 2 do job[flat[i]] = flat[i + 1] end
  return job, flat
end
