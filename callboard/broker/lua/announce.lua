-- Tell readers of the stream of something that no other verb brings about.
-- Guarantees: atomic; a repeat tells it again
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: event, subject, type, queue, data
-- Returns: OK
-- Emits: schedule:missed, schedule:paused, alert:fired, alert:resolved, bulk:progress, bulk:finished, error:new, error:returned
-- Includes: emit
local events = {
  ['schedule:missed'] = true, ['schedule:paused'] = true, ['alert:fired'] = true, ['alert:resolved'] = true,
  ['bulk:progress'] = true, ['bulk:finished'] = true, ['error:new'] = true, ['error:returned'] = true,
}
if not events[event] then return redis.error_reply('ERR announce.lua does not know the event ' .. event) end
emit(event, subject, type, queue, 0, data)
return 'OK'
