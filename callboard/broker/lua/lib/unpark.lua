-- Let the first `count` jobs that a key holds go back to their lines.
-- Includes: record, advance
local function unpark(key, count, at)
  local ids = redis.call('ZRANGE', parked_key(key), 0, count - 1)
  for _, id in ipairs(ids) do
    local job = record(id)
    if job.state == 'delayed' then advance(id, job, at) else redis.call('ZREM', parked_key(key), id) end
  end
  return #ids
end
