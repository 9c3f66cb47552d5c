-- active -> cancelled: the bodies have stopped because their jobs' cancellation was asked for; waiting where it was
-- withdrawn too late for this attempt, which is given back.
-- Guarantees: each job atomically; fenced by (id, fence); safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: jobs* (id, fence)
-- Returns: OK or LOST for each job
-- Emits: job:cancelled, job:released, job:failed, job:promoted, flow:completed, flow:failed, job:approval
-- Includes: now, held, leave_active, call_off, hand_back, settle_steps
local at, replies = now(), {}
for i = jobs, #ARGV, 2 do
  local id = ARGV[i]
  local claim, job = held(id, ARGV[i + 1], 'cancelled')
  if claim == 'held' then
    leave_active(job.queue, {id})
    if not job.cancel and redis.call('HGET', job_key(id), 'withdrawn') == job.fence then
      redis.call('HINCRBY', job_key(id), 'attempt', -1)
      hand_back(id, job, 0, '', '', at)
    else
      call_off(id, job, at)
    end
  end
  replies[#replies + 1] = claim and 'OK' or 'LOST'
end
settle_steps(500, at)
return replies
