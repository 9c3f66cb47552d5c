-- Forget old events: of those that are recorded about the newest EVENTS_KEPT stay, for viewers who come back; where nobody
-- records, the same number of all.
-- Guarantees: atomic; safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- Returns: how many were forgotten
-- Emits: nothing
local last, length = redis.call('GET', recorded_key()), redis.call('XLEN', events_key())
if length <= EVENTS_KEPT then return 0 end
local newest = redis.call('XREVRANGE', events_key(), '+', '-', 'COUNT', 1)[1][1]
if not last or last == newest then return redis.call('XTRIM', events_key(), 'MAXLEN', '~', EVENTS_KEPT) end
if length <= 2 * EVENTS_KEPT then return 0 end
return redis.call('XTRIM', events_key(), 'MINID', '~', last)
