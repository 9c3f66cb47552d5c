-- Append lines to the log of an active job; the newest thousand are kept.
-- Guarantees: fenced by (id, fence); a repeat under the same number is dropped
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: id, fence, number, lines*
-- Returns: OK or LOST
-- Emits: job:log
-- Includes: emit
local job = redis.call('HMGET', job_key(id), 'state', 'fence', 'type', 'queue', 'version', 'logged')
if job[1] ~= 'active' or job[2] ~= fence then return 'LOST' end
if job[6] == fence .. ':' .. number then return 'OK' end
redis.call('HSET', job_key(id), 'logged', fence .. ':' .. number)
for i = lines, #ARGV do
  redis.call('RPUSH', log_key(id), ARGV[i])
  emit('job:log', id, job[3], job[4], job[5], ARGV[i])
end
redis.call('LTRIM', log_key(id), -1000, -1)
return 'OK'
