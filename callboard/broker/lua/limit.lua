-- Set what an operator may change of a queue while it runs: concurrency, rate; an empty value leaves, 0 lifts a limit.
-- Guarantees: atomic; safe to repeat; outlives a deploy, for `declare` leaves alone what was set by hand
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: queue, concurrency, rate_count, rate_per_ms
-- Returns: OK
-- Emits: queue:status
-- Includes: set_fields, wake, emit
redis.call('SADD', queues_key(), queue)
redis.call('HSET', settings_key(queue), 'set_by_hand', 1)
set_fields(settings_key(queue), {concurrency = concurrency, rate_count = rate_count, rate_per_ms = rate_per_ms})
wake(queue)
emit('queue:status', '', '', queue, 0, '{"status":"limited"}')
return 'OK'
