-- Set the limits of a key, or hold all its jobs for a while because a service asked for it (429 with Retry-After).
-- Guarantees: atomic; safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: key, hold_ms, concurrency, rate_count, rate_per_ms
-- Returns: OK
-- Emits: job:promoted
-- Includes: now, unpark
local wanted = {concurrency = concurrency, rate_count = rate_count, rate_per_ms = rate_per_ms}
local at = now()
if hold_ms ~= '' then wanted.blocked_until_ms = at + hold_ms end
for field, value in pairs(wanted) do
  if value == '0' then
    redis.call('HDEL', limit_key(key), field)
  elseif value ~= '' then
    redis.call('HSET', limit_key(key), field, value)
  end
end
-- What was parked under the old limits is looked at again, unless all of it must wait longer now.
if hold_ms == '' or hold_ms == '0' then unpark(key, 1000, at) end
return 'OK'
