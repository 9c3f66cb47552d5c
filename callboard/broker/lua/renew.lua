-- Renew the leases of a worker and of the jobs it holds, and tell it which it has lost and which are to be cancelled.
-- Guarantees: fenced by (id, fence); safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: worker, lease_ms, jobs* (id, fence)
-- Returns: a list of 'LOST:<id>' and 'CANCEL:<id>', and 'UNLISTED' where the worker must register again
-- Emits: nothing
-- Includes: now
local at, notices = now(), {}
redis.call('ZADD', workers_key(), 'XX', at + lease_ms, worker)
local known = redis.call('PEXPIRE', worker_key(worker), lease_ms * 3) == 1
if not known or not redis.call('ZSCORE', workers_key(), worker) then notices[1] = 'UNLISTED' end
redis.call('ZREMRANGEBYSCORE', workers_key(), '-inf', at - 60000)
for i = jobs, #ARGV, 2 do
  local id = ARGV[i]
  local job = redis.call('HMGET', job_key(id), 'state', 'fence', 'cancel')
  if job[1] == 'active' and job[2] == ARGV[i + 1] then
    redis.call('ZADD', leases_key(), 'XX', at + lease_ms, id)
    if job[3] then notices[#notices + 1] = 'CANCEL:' .. id end
  else
    notices[#notices + 1] = 'LOST:' .. id
  end
end
return notices
