-- Set the limits of a key, or hold all its jobs for a while because a service asked for it (429 with Retry-After).
-- Guarantees: atomic; safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: key, hold_ms, concurrency, rate_count, rate_per_ms
-- Returns: OK
-- Emits: nothing
-- Includes: now
local wanted = {concurrency = concurrency, rate_count = rate_count, rate_per_ms = rate_per_ms}
if hold_ms ~= '' then wanted.blocked_until_ms = now() + hold_ms end
for field, value in pairs(wanted) do
  if value == '0' then
    redis.call('HDEL', limit_key(key), field)
  elseif value ~= '' then
    redis.call('HSET', limit_key(key), field, value)
  end
end
return 'OK'
