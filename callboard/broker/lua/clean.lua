-- Forget finished jobs of one state in a queue: those older than `grace_ms`, and those beyond the newest `keep`.
-- Guarantees: atomic per batch; safe to repeat; jobs of flows that still run are kept
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: queue, state, grace_ms, keep, count
-- Returns: how many were forgotten; less than `count` means that none is left
-- Emits: job:removed
-- Includes: now, forget
local files, limit = prefix .. ':queue:' .. queue .. ':' .. state, tonumber(count)
local ids = redis.call('ZRANGEBYSCORE', files, '-inf', now() - grace_ms, 'LIMIT', 0, limit)
local surplus = keep ~= '' and redis.call('ZCARD', files) - keep - #ids or 0
if surplus > 0 and #ids < limit then
  for _, id in ipairs(redis.call('ZRANGE', files, #ids, math.min(limit, #ids + surplus) - 1)) do ids[#ids + 1] = id end
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
