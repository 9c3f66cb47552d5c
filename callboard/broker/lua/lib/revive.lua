-- Write a lost job again. What waited or ran waits in its old turn, what a key held too, for limits are decided at fetch;
-- what is delayed is so until it is due; a blocked step needs its edges yet; what had finished is filed, and never runs.
-- Includes: is_final, strip, write_record, untie, put_off, line_up, line_back, emit
local function revive(id, job, at)
  local was, due_ms, ready_ms = job.state, tonumber(job.due_ms or 0), tonumber(job.ready_ms or job.enqueued_ms)
  local parked, delayed = job.parked, was == 'delayed'
  if parked or was == 'active' or (delayed and due_ms <= at) then
    if delayed and not parked then ready_ms = due_ms end
    job.state, job.ready_ms, job.reason, job.due_ms, job.parked = 'waiting', ready_ms, nil, nil, nil
  end
  strip(id, job.queue, parked)
  write_record(id, job)
  untie(id, job, false, at)
  if is_final(was) then
    redis.call('ZADD', prefix .. ':queue:' .. job.queue .. ':' .. was, job.finished_ms, id)
  elseif was == 'blocked' then
    redis.call('ZADD', blocked_key(job.queue), job.enqueued_ms, id)
  elseif job.state == 'delayed' then
    put_off(id, job.queue, due_ms)
  else
    local line = was == 'active' and line_back or line_up
    line(id, job.queue, ready_ms, job.priority, job.fairness)
  end
  emit('job:added', id, job.type, job.queue, job.version, '{"state":"' .. job.state .. '","restored":true}')
end
