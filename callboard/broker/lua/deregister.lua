-- A worker process leaves for good; what it held has been handed back before.
-- Guarantees: atomic; safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: worker
-- Returns: OK
-- Emits: nothing
redis.call('DEL', worker_key(worker), control_key(worker), fetched_key(worker))
redis.call('ZREM', workers_key(), worker)
return 'OK'
