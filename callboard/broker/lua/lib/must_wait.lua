-- Whether a step that is run again must wait first: for those before it, or for somebody to approve it.
local function must_wait(id, job)
  if not job.flow or not (job.cut or (job.approval and job.approval ~= 'given')) then return false end
  local flow = redis.call('HMGET', flow_key(job.flow), 'state', 'on_failure')
  return flow[1] and flow[2] ~= id
end
