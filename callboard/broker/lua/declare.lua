-- Make a queue known with what its code says: retention always, limits only where no operator has set any.
-- Guarantees: atomic; safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: queue, concurrency, rate_count, rate_per_ms, retention* (field, value)
-- Returns: OK
-- Emits: nothing
redis.call('SADD', queues_key(), queue)
for i = retention, #ARGV, 2 do redis.call('HSET', settings_key(queue), ARGV[i], ARGV[i + 1]) end
if redis.call('HEXISTS', settings_key(queue), 'set_by_hand') == 1 then return 'OK' end
local wanted = {concurrency = concurrency, rate_count = rate_count, rate_per_ms = rate_per_ms}
for field, value in pairs(wanted) do
  if value == '' then
    redis.call('HDEL', settings_key(queue), field)
  else
    redis.call('HSET', settings_key(queue), field, value)
  end
end
return 'OK'
