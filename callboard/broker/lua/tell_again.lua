-- Tell of jobs as they are, above a version and a fence that the history holds, so that it takes what follows for newer.
-- Guarantees: each job atomically; harmless to repeat; the fence of an active job stays, for its worker quotes it
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: jobs* (id, version, fence)
-- Returns: for each job TOLD or MISSING
-- Emits: job:added
-- Includes: emit
local replies = {}
for i = jobs, #ARGV, 3 do
  local id, known, fence = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
  local job = redis.call('HMGET', job_key(id), 'state', 'type', 'queue', 'version', 'fence')
  if job[1] then
    local version = math.max(tonumber(job[4]), known) + 1
    redis.call('HSET', job_key(id), 'version', version)
    local behind = tonumber(job[4]) < known and fence > tonumber(job[5] or 0)
    if behind and job[1] ~= 'active' then redis.call('HSET', job_key(id), 'fence', fence) end
    emit('job:added', id, job[2], job[3], version, '{"state":"' .. job[1] .. '","restored":true}')
  end
  replies[#replies + 1] = job[1] and 'TOLD' or 'MISSING'
end
return replies
