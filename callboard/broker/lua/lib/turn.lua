-- The place of a job in its line: lower runs sooner. One number carries priority, age and fairness.
-- A step of priority is worth PRIORITY_STEP_MS of waiting, so that low priorities age and are never starved.
-- Jobs with a fairness key take turns by start-time fair queueing (Goyal, Vin, Cheng, SIGCOMM 1996):
-- each gets a virtual time one after its key's last, but not before that of the job now being served.
local function turn(queue, ready_ms, priority, fairness)
  local base = ready_ms
  if fairness and fairness ~= '' then
    local seen = redis.call('HMGET', turns_key(queue), '*served', fairness)
    local served, last = tonumber(seen[1] or ready_ms), tonumber(seen[2] or 0)
    base = math.max(served, last + 1)
    redis.call('HSET', turns_key(queue), '*served', served, fairness, base)
  end
  return base + (priority - 1) * PRIORITY_STEP_MS
end
