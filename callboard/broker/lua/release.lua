-- active -> waiting or delayed: handed back unfinished (shutdown, snooze, limit, unknown type); the attempt is given back.
-- Guarantees: each job atomically; fenced by (id, fence); safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: jobs* (id, fence, delay_ms, reason, park)
-- Returns: OK or LOST for each job
-- Emits: job:released, job:cancelled, job:promoted, job:failed, flow:completed, flow:failed, job:approval
-- Includes: now, held, leave_active, call_off, hand_back, settle_steps
local at, replies = now(), {}
for i = jobs, #ARGV, 5 do
  local id, delay_ms = ARGV[i], tonumber(ARGV[i + 2])
  local claim, job = held(id, ARGV[i + 1], delay_ms > 0 and 'delayed' or 'waiting')
  if claim == 'held' then
    leave_active(job.queue, {id})
    redis.call('HINCRBY', job_key(id), 'attempt', -1)
    if job.cancel then
      call_off(id, job, at)
    else
      hand_back(id, job, delay_ms, ARGV[i + 3], ARGV[i + 4], at)
    end
  end
  replies[#replies + 1] = claim and 'OK' or 'LOST'
end
settle_steps(500, at)
return replies
