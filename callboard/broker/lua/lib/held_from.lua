-- The answer to a fetch that was made before and whose reply was lost: the jobs it took that are still this worker's.
-- Includes: record
local function held_from(worker, token)
  local last = redis.call('HMGET', fetched_key(worker), 'token', 'ids')
  if last[1] ~= token then return nil end
  local jobs = {0} -- it knows nothing of what has come since: ask again at once
  for _, id in ipairs(cmsgpack.unpack(last[2])) do
    local job, flat = record(id)
    if job.state == 'active' and job.worker == worker then
      jobs[#jobs + 1] = {id, tonumber(job.fence), tonumber(job.attempt), flat}
    end
  end
  return jobs
end
