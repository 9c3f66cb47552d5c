-- Forget old events: of those that are recorded about the newest `kept` stay, for viewers who come back; where nobody
-- records, the same number of all.
-- Guarantees: atomic; safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: kept
-- Returns: how many were forgotten
-- Emits: nothing
kept = tonumber(kept)
local last, length = redis.call('GET', recorded_key()), redis.call('XLEN', events_key())
if length <= kept then return 0 end
local newest = redis.call('XREVRANGE', events_key(), '+', '-', 'COUNT', 1)[1][1]
if not last or last == newest then return redis.call('XTRIM', events_key(), 'MAXLEN', '~', kept) end
if length <= 2 * kept then return 0 end
return redis.call('XTRIM', events_key(), 'MINID', '~', last)
