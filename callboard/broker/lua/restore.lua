-- Write jobs again that the history knows and this server has lost; each waits, is delayed or has finished as before.
-- Guarantees: each job atomically; safe to repeat, for an id that exists is left alone and answered as it is
-- KEYS: prefix
-- ARGV: jobs* (id, fields)
-- Returns: for each job RESTORED, its state where it exists, or HELD where another live job has its unique key
-- Emits: job:added, job:promoted
-- Includes: now, is_final, revive
local at, replies = now(), {}
for i = jobs, #ARGV, 2 do
  local id, job = ARGV[i], cmsgpack.unpack(ARGV[i + 1])
  local reply = redis.call('HGET', job_key(id), 'state')
  local claims = not reply and job.unique and not is_final(job.state)
  if claims and not redis.call('SET', unique_key(job.unique), id, 'NX') then
    local holder = redis.call('GET', unique_key(job.unique))
    if holder ~= id and redis.call('EXISTS', job_key(holder)) == 1 then reply = 'HELD' end
    if not reply then redis.call('SET', unique_key(job.unique), id) end
  end
  if not reply then revive(id, job, at) end
  replies[#replies + 1] = reply or 'RESTORED'
end
return replies
