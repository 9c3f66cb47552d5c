-- Forget at most `count` finished jobs of a state: those older than `grace_ms`, and those beyond the newest `keep`; not
-- those of flows that still run, nor any that finished after `before`, if that is given. Returns how many that were.
-- Includes: forget
local function forget_batch(queue, state, grace_ms, keep, count, at, before)
  local files, kept, forgotten, flows = prefix .. ':queue:' .. queue .. ':' .. state, 0, 0, {}
  local old = redis.call('ZCOUNT', files, '-inf', at - grace_ms)
  local known = before and redis.call('ZCOUNT', files, '-inf', '(' .. before) or math.huge
  local most = math.min(known, math.max(old, keep and redis.call('ZCARD', files) - keep or 0))
  while forgotten < count and kept + forgotten < most do
    local page = math.min(count - forgotten, most - forgotten - kept)
    for _, id in ipairs(redis.call('ZRANGE', files, kept, kept + page - 1)) do
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
