-- Keep a checkpoint of an active job, from which its next attempt goes on.
-- Guarantees: fenced by (id, fence); safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: id, fence, checkpoint
-- Returns: OK, CANCEL when its cancellation was asked for, or LOST
-- Emits: nothing
local job = redis.call('HMGET', job_key(id), 'state', 'fence', 'cancel')
if job[1] ~= 'active' or job[2] ~= fence then return 'LOST' end
redis.call('HSET', job_key(id), 'checkpoint', checkpoint)
return job[3] and 'CANCEL' or 'OK'
