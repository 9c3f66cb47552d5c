-- Until when the history holds what has happened, ms; nil where nobody records, or where so many events wait that they
-- are lost anyway and memory counts for more.
local function recorded_ms()
  local last = redis.call('GET', recorded_key())
  if not last or redis.call('XLEN', events_key()) >= EVENTS_CAP then return nil end
  return tonumber(string.match(last, '^%d+'))
end
