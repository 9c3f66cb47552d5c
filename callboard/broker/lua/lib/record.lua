-- The record of a job as a table of its fields, and its flat form; an empty table and nil where there is no such hash.
local function record(id)
  local flat, job = redis.pcall('HGETALL', job_key(id)), {}
  if flat.err then return job, nil end
  for i = 1, #flat, 2 do job[flat[i]] = flat[i + 1] end
  return job, flat
end
