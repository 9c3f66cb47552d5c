-- A worker process leaves for good; what it held has been handed back before.
-- Guarantees: atomic; safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: worker
-- Returns: OK
-- Emits: worker:offline
-- Includes: emit
redis.call('DEL', worker_key(worker), control_key(worker), fetched_key(worker))
if redis.call('ZREM', workers_key(), worker) == 1 then
  emit('worker:offline', worker, '', '', 0, '{"reason":"left"}')
end
return 'OK'
