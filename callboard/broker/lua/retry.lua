-- active -> delayed: the attempts failed and others follow; a crash of the child process counts as a crash too.
-- A job whose cancellation was asked for is cancelled instead: nobody wants the next attempt.
-- Guarantees: each job atomically; fenced by (id, fence); safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: jobs* (id, fence, delay_ms, crash, failure)
-- Returns: OK or LOST for each job
-- Emits: job:retrying, job:cancelled, job:promoted, job:failed, flow:completed, flow:failed, job:approval
-- Includes: now, held, leave_active, note_error, call_off, untie, defer, emit, settle_steps
local at, replies = now(), {}
for i = jobs, #ARGV, 5 do
  local id = ARGV[i]
  local claim, job = held(id, ARGV[i + 1], 'delayed')
  if claim == 'held' then
    leave_active(job.queue, {id})
    local told = note_error(id, job, at, cjson.decode(ARGV[i + 4]))
    if ARGV[i + 3] == '1' then redis.call('HINCRBY', job_key(id), 'crashes', 1) end
    if job.cancel then
      call_off(id, job, at)
    else
      untie(id, job, false, at)
      local version = defer(id, job, math.max(tonumber(ARGV[i + 2]), 1), 'retry', at)
      told.delay_ms = tonumber(ARGV[i + 2])
      emit('job:retrying', id, job.type, job.queue, version, cjson.encode(told))
    end
  end
  replies[#replies + 1] = claim and 'OK' or 'LOST'
end
settle_steps(500, at)
return replies
