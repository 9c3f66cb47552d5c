-- Keep what went wrong in an attempt with the job, the newest hundred.
local function note_error(id, attempt, at, failure)
  redis.call('RPUSH', errors_key(id), cjson.encode({attempt = tonumber(attempt) or 0, at_ms = at, failure = failure}))
  redis.call('LTRIM', errors_key(id), -100, -1)
end
