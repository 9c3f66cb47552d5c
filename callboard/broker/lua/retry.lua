-- active -> delayed: the attempts failed and others follow; a crash of the child process counts as a crash too.
-- Guarantees: each job atomically; fenced by (id, fence); safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: jobs* (id, fence, delay_ms, crash, failure)
-- Returns: OK or LOST for each job
-- Emits: job:retrying, job:promoted
-- Includes: now, held, leave_active, untie, defer, note_error, emit
local at, replies = now(), {}
for i = jobs, #ARGV, 5 do
  local id = ARGV[i]
  local claim, job = held(id, ARGV[i + 1], 'delayed')
  if claim == 'held' then
    leave_active(job.queue, {id})
    untie(id, job, false, at)
    if ARGV[i + 3] == '1' then redis.call('HINCRBY', job_key(id), 'crashes', 1) end
    local version = defer(id, job, math.max(tonumber(ARGV[i + 2]), 1), 'retry', at)
    note_error(id, job.attempt, at, cjson.decode(ARGV[i + 4]))
    emit('job:retrying', id, job.type, job.queue, version, ARGV[i + 2])
  end
  replies[#replies + 1] = claim and 'OK' or 'LOST'
end
return replies
