-- active -> waiting or delayed: an attempt that was given back unfinished; `park` is the key that then holds its job.
-- Includes: untie, defer, emit
local function hand_back(id, job, delay_ms, reason, park, at)
  untie(id, job, false, at)
  local version = defer(id, job, delay_ms, reason, at)
  if park ~= '' and delay_ms > 0 then
    redis.call('HSET', job_key(id), 'parked', park)
    redis.call('ZADD', parked_key(park), at, id)
  end
  emit('job:released', id, job.type, job.queue, version,
    cjson.encode({fence = tonumber(job.fence), reason = reason, delay_ms = delay_ms}))
end
