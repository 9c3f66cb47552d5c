-- Settle finished steps and gates within `budget`: dependants hear of them, a flow whose last step is done is closed.
-- Returns how many are left for the next call.
-- Includes: pass_on, close_flow
local function settle_steps(budget, at)
  while budget > 0 do
    local node = redis.call('LINDEX', retired_key(), 0)
    if not node then return 0 end
    local job = redis.call('HMGET', job_key(node), 'flow', 'state', 'broken', 'tolerated')
    local gate = string.find(node, '#', 1, true)
    local cause = job[3] or (not gate and job[2] ~= 'completed' and node) or nil
    budget = pass_on(node, cause, at, budget)
    if budget >= 0 then
      redis.call('LPOP', retired_key())
      if not gate and job[1] and redis.call('SREM', open_key(job[1]), node) == 1 then
        if cause and not job[4] then redis.call('HSETNX', flow_key(job[1]), 'broken', node) end
        if redis.call('EXISTS', open_key(job[1])) == 0 then close_flow(job[1], at) end
      end
    end
  end
  return redis.call('LLEN', retired_key())
end
