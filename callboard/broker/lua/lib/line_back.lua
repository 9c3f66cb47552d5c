-- Put a job that was active back to the head of the jobs of its priority: it has waited for its turn already.
-- Where keys take turns, virtual time lags behind the clock, so the turn now being served is the head.
-- Includes: place
local function line_back(id, queue, ready_ms, priority)
  local served = tonumber(redis.call('HGET', turns_key(queue), '*served') or ready_ms)
  place(id, queue, math.min(ready_ms, served) + ((tonumber(priority) or 3) - 1) * PRIORITY_STEP_MS)
end
