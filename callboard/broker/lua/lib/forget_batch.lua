-- Forget at most `count` finished jobs of a state: those older than `grace_ms`, then those beyond the newest `keep`.
-- Jobs of flows that still run are kept. Returns how many were forgotten.
-- Includes: forget
local function forget_batch(queue, state, grace_ms, keep, count, at)
  local files = prefix .. ':queue:' .. queue .. ':' .. state
  local ids = redis.call('ZRANGEBYSCORE', files, '-inf', at - grace_ms, 'LIMIT', 0, count)
  local surplus = keep and redis.call('ZCARD', files) - keep - #ids or 0
  if surplus > 0 and #ids < count then
    local last = math.min(count, #ids + surplus) - 1
    for _, id in ipairs(redis.call('ZRANGE', files, #ids, last)) do ids[#ids + 1] = id end
  end
  local forgotten = 0
  for _, id in ipairs(ids) do
    local flow = redis.call('HGET', job_key(id), 'flow')
    if not flow or redis.call('HGET', flow_key(flow), 'state') ~= 'active' then
      forget(id, queue, state)
      forgotten = forgotten + 1
    end
  end
  return forgotten
end
