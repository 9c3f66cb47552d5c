-- active -> failed: no retry is left or could help; what depends on the job is settled by the policy of each edge.
-- Guarantees: each job atomically; fenced by (id, fence); safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: jobs* (id, fence, failure)
-- Returns: OK or LOST for each job
-- Emits: job:failed, job:promoted, job:cancelled, flow:completed, flow:failed, job:approval
-- Includes: now, held, leave_active, retire, note_error, emit, settle_steps
local at, replies = now(), {}
for i = jobs, #ARGV, 3 do
  local id = ARGV[i]
  local claim, job = held(id, ARGV[i + 1], 'failed')
  if claim == 'held' then
    local failure = cjson.decode(ARGV[i + 2])
    leave_active(job.queue, {id})
    local told = note_error(id, job, at, failure)
    retire(id, job, 'failed', at)
    emit('job:failed', id, job.type, job.queue, job.version + 1, cjson.encode(told))
  end
  replies[#replies + 1] = claim and 'OK' or 'LOST'
end
settle_steps(500, at)
return replies
