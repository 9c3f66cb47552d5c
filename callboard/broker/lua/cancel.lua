-- waiting, delayed, blocked -> cancelled; an active job is asked first, and its worker told at once.
-- Guarantees: atomic; safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: ids*
-- Returns: for each job CANCELLED, CANCELLING (it runs and was asked), its final state, or MISSING
-- Emits: job:cancelled, job:cancelling, job:failed, job:promoted, flow:completed, flow:failed, job:approval
-- Includes: now, record, ask_to_stop, leave_line, retire, emit, settle_steps
local at, replies = now(), {}
for i = ids, #ARGV do
  local id = ARGV[i]
  local job = record(id)
  local reply = job.state or 'MISSING'
  if job.state == 'active' then
    reply = 'CANCELLING'
    if not job.cancel then ask_to_stop(id, job) end
  elseif job.state == 'waiting' or job.state == 'delayed' or job.state == 'blocked' then
    reply = 'CANCELLED'
    leave_line(id, job)
    if job.state == 'blocked' then redis.call('HSET', job_key(id), 'cut', 1) end
    retire(id, job, 'cancelled', at)
    emit('job:cancelled', id, job.type, job.queue, job.version + 1)
  end
  replies[#replies + 1] = reply
end
settle_steps(500, at)
return replies
