-- active -> cancelled: the bodies have stopped because their jobs' cancellation was asked for.
-- Guarantees: each job atomically; fenced by (id, fence); safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: jobs* (id, fence)
-- Returns: OK or LOST for each job
-- Emits: job:cancelled, job:failed, job:promoted, flow:completed, flow:failed
-- Includes: now, held, leave_active, call_off, settle_steps
local at, replies = now(), {}
for i = jobs, #ARGV, 2 do
  local id = ARGV[i]
  local claim, job = held(id, ARGV[i + 1], 'cancelled')
  if claim == 'held' then
    leave_active(job.queue, {id})
    call_off(id, job, at)
  end
  replies[#replies + 1] = claim and 'OK' or 'LOST'
end
settle_steps(500, at)
return replies
