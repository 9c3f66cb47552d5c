-- Renew the leases of a worker and of the jobs it holds, and tell it which it has lost, which are to be cancelled, and
-- what is wanted of it.
-- Guarantees: fenced by (id, fence); safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: worker, lease_ms, wish (as it knows it), told (of itself, JSON; nothing where that has not changed), jobs* (id, fence)
-- Returns: a list of 'LOST:<id>', 'CANCEL:<id>', 'WISH:<wish>', and 'UNLISTED' where the worker must register again
-- Emits: worker:offline
-- Includes: now, unlist_dead
local at, notices = now(), {}
local listed = redis.call('ZADD', workers_key(), 'XX', 'CH', at + lease_ms, worker) == 1
-- The score changes with each millisecond, so that it is hardly ever asked whether there is one.
listed = listed or redis.call('ZSCORE', workers_key(), worker)
local known = redis.call('PEXPIRE', worker_key(worker), lease_ms * 3) == 1
if not (known and listed) then
  notices[1] = 'UNLISTED'
else
  if told ~= '' then redis.call('HSET', worker_key(worker), 'told', told) end
  local wanted = redis.call('HGET', worker_key(worker), 'wish') or ''
  if wanted ~= wish then notices[1] = 'WISH:' .. wanted end
end
unlist_dead(at)
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
