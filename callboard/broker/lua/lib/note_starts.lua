-- Remember starts for a rate, as many as it counts, for one window.
local function note_starts(key, started, count, per_ms, at)
  for _ = 1, started do redis.call('RPUSH', key, at) end
  redis.call('LTRIM', key, -count, -1)
  redis.call('PEXPIRE', key, per_ms)
end
