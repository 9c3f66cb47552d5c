-- Pause a queue: nothing more is fetched from it; what runs, runs on.
-- Guarantees: atomic; safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: queue
-- Returns: OK
-- Emits: queue:status
-- Includes: emit
redis.call('SADD', queues_key(), queue)
redis.call('HSET', settings_key(queue), 'paused', 1)
emit('queue:status', '', '', queue, 0, '{"status":"paused"}')
return 'OK'
