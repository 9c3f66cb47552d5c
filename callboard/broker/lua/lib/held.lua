-- The fields of a job that an outcome needs, and whether (id, fence) still is the claim of a worker on it: 'held', or
-- 'done' when this very outcome was written before and only its reply was lost, or nil when the lease was lost.
local function held(id, fence, written_state)
  local got = redis.call('HMGET', job_key(id), 'state', 'fence', 'type', 'queue', 'version', 'attempt', 'ties', 'cancel')
  local job = {state = got[1], type = got[3], queue = got[4], version = got[5], attempt = got[6], ties = got[7]}
  job.cancel, job.fence = got[8], got[2]
  if got[2] ~= fence then return nil, job end
  if got[1] == 'active' then return 'held', job end
  return (got[1] == written_state or (got[1] == 'cancelled' and job.cancel)) and 'done' or nil, job
end
