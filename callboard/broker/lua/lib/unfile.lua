-- Take a job out of the set of its final state and forget how it ended.
local function unfile(id, queue, state)
  redis.call('ZREM', prefix .. ':queue:' .. queue .. ':' .. state, id)
  redis.call('HDEL', job_key(id), 'finished_ms', 'result', 'attempt', 'crashes', 'cancel', 'worker', 'progress',
    'blocked_by', 'reason', 'due_ms', 'told', 'cut')
end
