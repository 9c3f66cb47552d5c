-- Write how far an active job is, and tell its body whether to stop.
-- Guarantees: fenced by (id, fence); safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: id, fence, progress
-- Returns: OK, CANCEL when its cancellation was asked for, or LOST
-- Emits: job:progress
-- Includes: emit
local job = redis.call('HMGET', job_key(id), 'state', 'fence', 'cancel', 'type', 'queue', 'version')
if job[1] ~= 'active' or job[2] ~= fence then return 'LOST' end
redis.call('HSET', job_key(id), 'progress', progress, 'version', job[6] + 1)
emit('job:progress', id, job[4], job[5], job[6] + 1, progress)
return job[3] and 'CANCEL' or 'OK'
