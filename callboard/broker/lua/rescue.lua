-- active -> waiting at the head of its line, or failed when its crashes are spent: jobs whose worker let the lease run out.
-- Guarantees: atomic; safe to repeat; bounded by `count`
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: max_crashes, count
-- Returns: how many were rescued or failed, and how many settlements of flows are left
-- Emits: job:rescued, job:failed, job:cancelled, job:promoted, flow:completed, flow:failed
-- Includes: now, record, bury_or_revive, settle_steps
local at = now()
local ids = redis.call('ZRANGEBYSCORE', leases_key(), '-inf', at, 'LIMIT', 0, count)
for _, id in ipairs(ids) do
  local job = record(id)
  redis.call('ZREM', leases_key(), id)
  if job.state == 'active' then bury_or_revive(id, job, tonumber(max_crashes), at) end
end
redis.call('ZREMRANGEBYSCORE', workers_key(), '-inf', at - 60000)
return {#ids, settle_steps(500, at)}
