-- waiting -> active for one job: the attempt and the fence rise; returns what the worker is told of it.
-- Includes: emit
local function begin(id, job, flat, worker, at)
  local version, fence, attempt = job.version + 1, (job.fence or 0) + 1, (job.attempt or 0) + 1
  redis.call('HSET', job_key(id), 'state', 'active', 'version', version, 'fence', fence, 'attempt', attempt,
    'started_ms', at, 'worker', worker)
  emit('job:active', id, job.type, job.queue, version,
    '{"attempt":' .. attempt .. ',"fence":' .. fence .. ',"worker":' .. cjson.encode(worker) .. '}')
  return {id, fence, attempt, flat}
end
