-- Set the limits of a key, or hold all its jobs for a while because a service asked for it (429 with Retry-After).
-- Guarantees: atomic; safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: key, hold_ms, concurrency, rate_count, rate_per_ms
-- Returns: OK
-- Emits: job:promoted
-- Includes: now, set_fields, unpark
local wanted = {concurrency = concurrency, rate_count = rate_count, rate_per_ms = rate_per_ms}
local at = now()
if hold_ms ~= '' then wanted.blocked_until_ms = at + hold_ms end
set_fields(limit_key(key), wanted)
-- A mere hold is over by itself; one for each user that was ever limited must not stay for ever.
if hold_ms ~= '' and redis.call('HLEN', limit_key(key)) == 1 then
  redis.call('PEXPIRE', limit_key(key), math.max(tonumber(hold_ms), 1))
else
  redis.call('PERSIST', limit_key(key))
end
-- What was parked under the old limits is looked at again, unless all of it must wait longer now.
if hold_ms == '' or hold_ms == '0' then unpark(key, 1000, at) end
return 'OK'
