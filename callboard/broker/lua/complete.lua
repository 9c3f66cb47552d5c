-- active -> completed: the bodies returned; their results are kept and what depends on them is freed.
-- Guarantees: each job atomically; fenced by (id, fence); safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: jobs* (id, fence, result)
-- Returns: OK or LOST for each job
-- Emits: job:completed, job:promoted, job:failed, job:cancelled, flow:completed, flow:failed, job:approval
-- Includes: now, held, leave_active, untie, emit, settle_steps
local at, replies, done, tied = now(), {}, {}, false
for i = jobs, #ARGV, 3 do
  local id = ARGV[i]
  local claim, job = held(id, ARGV[i + 1], 'completed')
  if claim == 'held' then
    redis.call('HSET', job_key(id), 'state', 'completed', 'version', job.version + 1, 'finished_ms', at,
      'result', ARGV[i + 2])
    done[job.queue] = done[job.queue] or {ids = {}, files = {}}
    local ids, files = done[job.queue].ids, done[job.queue].files
    ids[#ids + 1], files[#files + 1], files[#files + 2] = id, at, id
    untie(id, job, true, at)
    emit('job:completed', id, job.type, job.queue, job.version + 1, '{"fence":' .. job.fence .. '}')
    tied = tied or job.ties
  end
  replies[#replies + 1] = claim and 'OK' or 'LOST'
end
for queue, jobs in pairs(done) do
  leave_active(queue, jobs.ids)
  redis.call('ZADD', completed_key(queue), unpack(jobs.files))
end
if tied then settle_steps(500, at) end
return replies
