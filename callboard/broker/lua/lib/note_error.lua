-- Keep what went wrong in an attempt with the job, the newest hundred; returns what its event tells of it.
local function note_error(id, job, at, failure)
  local attempt, fence = tonumber(job.attempt) or 0, tonumber(job.fence) or 0
  redis.call('RPUSH', errors_key(id), cjson.encode({attempt = attempt, fence = fence, at_ms = at, failure = failure}))
  redis.call('LTRIM', errors_key(id), -100, -1)
  return {attempt = attempt, fence = fence, class = failure.class, type = failure.type,
    message = string.sub(failure.message or '', 1, 300)}
end
