-- Forget flows that have been over for longer than their jobs are kept.
-- Guarantees: atomic per batch; safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: keep_ms, count
-- Returns: how many were forgotten
-- Emits: nothing
-- Includes: now
local old, forgotten = now() - keep_ms, 0
for _, flow in ipairs(redis.call('ZRANGEBYSCORE', flows_key(), '-inf', old, 'LIMIT', 0, count)) do
  local value = redis.call('HMGET', flow_key(flow), 'state', 'finished_ms')
  if value[1] ~= 'active' and tonumber(value[2] or 0) <= old then
    for _, node in ipairs(redis.call('LRANGE', members_key(flow), 0, -1)) do
      if string.find(node, '#', 1, true) then
        redis.call('DEL', job_key(node), next_key(node), needs_key(node), parents_key(node))
      end
    end
    redis.call('DEL', flow_key(flow), open_key(flow), members_key(flow))
    redis.call('ZREM', flows_key(), flow)
    forgotten = forgotten + 1
  end
end
return forgotten
