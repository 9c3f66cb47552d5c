-- active -> waiting or delayed: handed back unfinished (shutdown, snooze, limit, unknown type); the attempt is given back.
-- Guarantees: each job atomically; fenced by (id, fence); safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: jobs* (id, fence, delay_ms, reason, park)
-- Returns: OK or LOST for each job
-- Emits: job:released, job:cancelled, job:promoted, job:failed, flow:completed, flow:failed
-- Includes: now, held, leave_active, call_off, untie, defer, emit, settle_steps
local at, replies = now(), {}
for i = jobs, #ARGV, 5 do
  local id, delay_ms, park = ARGV[i], tonumber(ARGV[i + 2]), ARGV[i + 4]
  local claim, job = held(id, ARGV[i + 1], delay_ms > 0 and 'delayed' or 'waiting')
  if claim == 'held' then
    leave_active(job.queue, {id})
    redis.call('HINCRBY', job_key(id), 'attempt', -1)
    if job.cancel then
      call_off(id, job, at)
    else
      untie(id, job, false, at)
      local version = defer(id, job, delay_ms, ARGV[i + 3], at)
      if park ~= '' and delay_ms > 0 then
        redis.call('HSET', job_key(id), 'parked', park)
        redis.call('ZADD', parked_key(park), at, id)
      end
      emit('job:released', id, job.type, job.queue, version,
        cjson.encode({fence = tonumber(job.fence), reason = ARGV[i + 3], delay_ms = delay_ms}))
    end
  end
  replies[#replies + 1] = claim and 'OK' or 'LOST'
end
settle_steps(500, at)
return replies
