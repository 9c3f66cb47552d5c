-- Accept one job: write its record and put it where it belongs. An id or unique key already held is answered, not doubled.
-- Includes: line_up, put_off, emit
local function admit(at, id, type, queue, priority, due_ms, unique, fairness, fields)
  local key = job_key(id)
  -- First, because a repeat may come when the job is over: it must not take the unique key again, which nobody would free.
  if redis.call('EXISTS', key) == 1 then return id end
  if unique ~= '' and not redis.call('SET', unique_key(unique), id, 'NX') then
    local holder = redis.call('GET', unique_key(unique))
    if redis.call('EXISTS', job_key(holder)) == 1 then return holder end
    redis.call('SET', unique_key(unique), id)
  end
  local state = due_ms > at and 'delayed' or 'waiting'
  redis.call('HSET', key, 'type', type, 'queue', queue, 'state', state, 'version', 1, 'enqueued_ms', at, unpack(fields))
  if state == 'delayed' then
    redis.call('HSET', key, 'reason', 'scheduled', 'due_ms', due_ms)
    put_off(id, queue, due_ms)
  else
    line_up(id, queue, at, priority, fairness)
  end
  emit('job:added', id, type, queue, 1, '{"state":"' .. state .. '"}')
  return id
end
