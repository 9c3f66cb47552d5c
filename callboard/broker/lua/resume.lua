-- Resume a paused queue, and wake a worker for what waits in it.
-- Guarantees: atomic; safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: queue
-- Returns: OK
-- Emits: queue:status
-- Includes: wake, emit
redis.call('HDEL', settings_key(queue), 'paused')
wake(queue)
emit('queue:status', '', '', queue, 0, '{"status":"resumed"}')
return 'OK'
