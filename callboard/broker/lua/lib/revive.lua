-- Write a lost job again. What waited or ran waits in its old turn, what a key held too, for limits are decided at fetch;
-- what is delayed is so until it is due; a blocked step needs its edges yet; what had finished is filed, and never runs.
-- Includes: is_final, write_record, put_off, line_up, line_back, emit
local function revive(id, job, at)
  local was, ready_ms = job.state, tonumber(job.ready_ms or job.enqueued_ms)
  if is_final(was) then
    redis.call('ZADD', prefix .. ':queue:' .. job.queue .. ':' .. was, job.finished_ms, id)
  elseif was == 'blocked' then
    redis.call('ZADD', blocked_key(job.queue), job.enqueued_ms, id)
  elseif was == 'delayed' and not job.parked and tonumber(job.due_ms) > at then
    put_off(id, job.queue, tonumber(job.due_ms))
  else
    if was == 'delayed' and not job.parked then ready_ms = tonumber(job.due_ms) end
    job.state, job.ready_ms, job.reason, job.due_ms, job.parked = 'waiting', ready_ms, nil, nil, nil
  end
  write_record(id, job)
  if job.state == 'waiting' and was == 'active' then
    line_back(id, job.queue, ready_ms, job.priority)
  elseif job.state == 'waiting' then
    line_up(id, job.queue, ready_ms, job.priority, job.fairness)
  end
  emit('job:added', id, job.type, job.queue, job.version, '{"state":"' .. job.state .. '","restored":true}')
end
