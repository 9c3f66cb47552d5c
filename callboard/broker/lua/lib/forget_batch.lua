-- Forget at most `count` finished jobs of a state: those older than `grace_ms`, and those beyond the newest `keep`.
-- Jobs of flows that still run are kept, and stepped over. Returns how many were forgotten.
-- Includes: forget
local function forget_batch(queue, state, grace_ms, keep, count, at)
  local files, kept, forgotten, flows = prefix .. ':queue:' .. queue .. ':' .. state, 0, 0, {}
  local old = redis.call('ZCOUNT', files, '-inf', at - grace_ms)
  local most = math.max(old, keep and redis.call('ZCARD', files) - keep or 0)
  while forgotten < count and kept + forgotten < most do
    local page = math.min(count - forgotten, most - forgotten - kept)
    local ids = redis.call('ZRANGE', files, kept, kept + page - 1)
    if #ids == 0 then break end
    for _, id in ipairs(ids) do
      local flow = redis.call('HGET', job_key(id), 'flow')
      if flow and not flows[flow] then flows[flow] = redis.call('HGET', flow_key(flow), 'state') or 'gone' end
      if flow and flows[flow] == 'active' then
        kept = kept + 1
      else
        forget(id, queue, state)
        forgotten = forgotten + 1
      end
    end
  end
  return forgotten
end
