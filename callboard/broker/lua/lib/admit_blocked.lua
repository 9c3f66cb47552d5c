-- Accept a job of a flow that must wait for other steps.
-- Includes: emit
local function admit_blocked(at, id, type, queue, due_ms, fields)
  redis.call('HSET', job_key(id), 'type', type, 'queue', queue, 'state', 'blocked', 'version', 1, 'enqueued_ms', at,
    'reason', 'blocked_by', unpack(fields))
  if due_ms > at then redis.call('HSET', job_key(id), 'due_ms', due_ms) end
  redis.call('ZADD', blocked_key(queue), at, id)
  emit('job:added', id, type, queue, 1, 'blocked')
end
