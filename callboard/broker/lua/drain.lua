-- Cancel what waits in a queue, and what is delayed too when asked; a batch at a time.
-- Guarantees: atomic per batch; safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: queue, delayed, count
-- Returns: how many were cancelled; less than `count` means that none is left
-- Emits: job:cancelled, job:failed, job:promoted, flow:completed, flow:failed, queue:status, job:approval
-- Includes: now, record, leave_delayed, retire, emit, settle_steps
local at = now()
local ids = redis.call('ZRANGE', waiting_key(queue), 0, count - 1)
if delayed == '1' and #ids < tonumber(count) then
  for _, id in ipairs(redis.call('ZRANGE', delayed_key(queue), 0, count - #ids - 1)) do ids[#ids + 1] = id end
end
for _, id in ipairs(ids) do
  local job = record(id)
  redis.call('ZREM', waiting_key(queue), id)
  leave_delayed(id, queue, job.parked)
  if job.queue == queue and (job.state == 'waiting' or job.state == 'delayed') then
    redis.call('HDEL', job_key(id), 'reason', 'due_ms', 'parked')
    retire(id, job, 'cancelled', at)
    emit('job:cancelled', id, job.type, queue, job.version + 1, '{"reason":"drained"}')
  end
end
emit('queue:status', '', '', queue, 0, '{"status":"drained"}')
settle_steps(500, at)
return #ids
