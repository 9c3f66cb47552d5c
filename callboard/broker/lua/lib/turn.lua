-- The place of a job in its line: lower runs sooner. One number carries priority, age and fairness.
-- A step of priority is worth PRIORITY_STEP_MS of waiting, so that low priorities age and are never starved.
-- Jobs with a fairness key take turns by start-time fair queueing (Goyal, Vin, Cheng, SIGCOMM 1996):
-- each gets a virtual time one after its key's last, but not before that of the job now being served.
-- While keys take turns, the jobs without one take them as one key more: by the clock they would always be last.
local function turn(queue, ready_ms, priority, fairness)
  local base, keyed = ready_ms, fairness and fairness ~= ''
  local key = keyed and '=' .. fairness or '*unkeyed'
  local seen = redis.call('HMGET', turns_key(queue), '*served', key)
  if keyed or seen[1] then
    local served, last = tonumber(seen[1] or ready_ms), tonumber(seen[2] or 0)
    base = math.max(served, last + 1)
    redis.call('HSET', turns_key(queue), '*served', served, key, base)
  end
  return base + (priority - 1) * PRIORITY_STEP_MS
end
