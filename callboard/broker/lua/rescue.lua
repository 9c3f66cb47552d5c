-- active -> waiting at the head of its line, or failed when its crashes are spent: jobs whose worker let the lease run out.
-- Guarantees: atomic; safe to repeat; bounded by `count`
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: max_crashes, count
-- Returns: how many were rescued or failed, and how many settlements of flows are left
-- Emits: job:rescued, job:quarantined, job:failed, job:cancelled, job:promoted, flow:completed, flow:failed, job:approval
-- Includes: now, record, bury_or_revive, quarantine, settle_steps
local at = now()
local ids = redis.call('ZRANGEBYSCORE', leases_key(), '-inf', at, 'LIMIT', 0, count)
for _, id in ipairs(ids) do
  local job = record(id)
  redis.call('ZREM', leases_key(), id)
  local numbers = tonumber(job.version) and tonumber(job.enqueued_ms) and tonumber(job.crashes or 0)
  if job.state == 'active' and job.queue and job.type and numbers then
    bury_or_revive(id, job, tonumber(max_crashes), at)
  elseif job.state == 'active' then
    quarantine(id, job.queue or '', 'its lease has run out and its record lacks what a job needs')
  end
end
return {#ids, settle_steps(500, at)}
