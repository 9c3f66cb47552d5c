-- A worker process is there: record it with its lease, and let go what was parked for want of a worker that knows its type.
-- Guarantees: atomic; safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: worker, lease_ms, about, types*
-- Returns: how many jobs were let go
-- Emits: job:promoted, worker:online
-- Includes: now, unpark, emit
local at, freed = now(), 0
redis.call('HSET', worker_key(worker), 'about', about, 'since_ms', at)
redis.call('PEXPIRE', worker_key(worker), lease_ms * 3)
if redis.call('ZADD', workers_key(), at + lease_ms, worker) == 1 then emit('worker:online', worker, '', '', 0) end
for i = types, #ARGV do freed = freed + unpark('type:' .. ARGV[i], 1000, at) end
return freed
