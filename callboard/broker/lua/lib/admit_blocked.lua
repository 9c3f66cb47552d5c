-- Accept a job of a flow that must wait for other steps; a delay counts from when they have finished.
-- Includes: emit
local function admit_blocked(at, id, type, queue, delay_ms, due_ms, fields)
  redis.call('HSET', job_key(id), 'type', type, 'queue', queue, 'state', 'blocked', 'version', 1, 'enqueued_ms', at,
    'reason', 'blocked_by', unpack(fields))
  if due_ms > at then redis.call('HSET', job_key(id), 'due_ms', due_ms) end
  if delay_ms > 0 then redis.call('HSET', job_key(id), 'delay_ms', delay_ms) end
  redis.call('ZADD', blocked_key(queue), at, id)
  emit('job:added', id, type, queue, 1, '{"state":"blocked"}')
end
