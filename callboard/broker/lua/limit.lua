-- Set what an operator may change of a queue while it runs: concurrency, rate; an empty value leaves, 0 lifts a limit.
-- Guarantees: atomic; safe to repeat; with `only_new` set, what an operator has set before is left alone
-- KEYS: prefix
-- ARGV: queue, only_new, concurrency, rate_count, rate_per_ms
-- Returns: OK
-- Emits: queue:status
-- Includes: wake, emit
redis.call('SADD', queues_key(), queue)
if only_new == '1' and redis.call('HEXISTS', settings_key(queue), 'declared') == 1 then return 'OK' end
redis.call('HSET', settings_key(queue), 'declared', 1)
local wanted = {concurrency = concurrency, rate_count = rate_count, rate_per_ms = rate_per_ms}
for field, value in pairs(wanted) do
  if value == '0' then
    redis.call('HDEL', settings_key(queue), field)
  elseif value ~= '' then
    redis.call('HSET', settings_key(queue), field, value)
  end
end
wake(queue)
emit('queue:status', '', '', queue, 0, 'limited')
return 'OK'
