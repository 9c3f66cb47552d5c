-- active -> waiting or delayed: handed back unfinished (shutdown, snooze, limit, unknown type); the attempt is given back.
-- Guarantees: each job atomically; fenced by (id, fence); safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: jobs* (id, fence, delay_ms, reason, park)
-- Returns: OK or LOST for each job
-- Emits: job:released, job:promoted
-- Includes: now, held, leave_active, untie, defer, emit
local at, replies = now(), {}
for i = jobs, #ARGV, 5 do
  local id, delay_ms, park = ARGV[i], tonumber(ARGV[i + 2]), ARGV[i + 4]
  local claim, job = held(id, ARGV[i + 1], delay_ms > 0 and 'delayed' or 'waiting')
  if claim == 'held' then
    leave_active(job.queue, {id})
    untie(id, job, false, at)
    redis.call('HINCRBY', job_key(id), 'attempt', -1)
    local version = defer(id, job, delay_ms, ARGV[i + 3], at)
    if park ~= '' then
      redis.call('HSET', job_key(id), 'parked', park)
      redis.call('ZADD', parked_key(park), at, id)
    end
    emit('job:released', id, job.type, job.queue, version, ARGV[i + 3])
  end
  replies[#replies + 1] = claim and 'OK' or 'LOST'
end
return replies
