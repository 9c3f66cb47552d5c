-- The last step of a flow has finished: the flow is over, and its on_failure job runs or is let go.
-- Includes: free, record, retire, emit
local function close_flow(flow, at)
  local value = redis.call('HMGET', flow_key(flow), 'state', 'broken', 'on_failure', 'name', 'jobs')
  if value[1] ~= 'active' then return end
  local state = value[2] and 'failed' or 'completed'
  redis.call('HSET', flow_key(flow), 'state', state, 'finished_ms', at)
  emit('flow:' .. state, flow, value[4] or '', '', 0, cjson.encode({broken = value[2] or nil, jobs = tonumber(value[5])}))
  if not value[3] then return end
  if value[2] then return free(value[3], at) end
  local job = record(value[3])
  if job.state ~= 'blocked' then return end
  redis.call('ZREM', blocked_key(job.queue), value[3])
  retire(value[3], job, 'cancelled', at)
  emit('job:cancelled', value[3], job.type, job.queue, job.version + 1, '{"reason":"not_needed"}')
end
