-- Start a flow: all its jobs and gates are accepted, those that need nothing are ready, the others blocked.
-- Guarantees: atomic; safe to repeat, for a flow that exists is left alone; refused when one of its jobs exists already
-- KEYS: prefix
-- ARGV: flow, name, on_failure, meta, count, nodes* (id, type, queue, priority, delay_ms, due_ms, unique, fairness, fields, edges, asks)
-- Returns: OK, or the id of a job that exists already
-- Emits: job:added, job:approval, job:promoted, flow:started, job:cancelled
-- Includes: now, admit, admit_blocked, free, link, emit
if redis.call('EXISTS', flow_key(flow)) == 1 then return 'OK' end
for i = nodes, #ARGV, 11 do
  if redis.call('EXISTS', job_key(ARGV[i])) == 1 then return ARGV[i] end
end
local at, queues = now(), {}
redis.call('HSET', flow_key(flow), 'name', name, 'state', 'active', 'started_ms', at, 'jobs', count, 'meta', meta)
if on_failure ~= '' then redis.call('HSET', flow_key(flow), 'on_failure', on_failure) end
redis.call('ZADD', flows_key(), at, flow)
for i = nodes, #ARGV, 11 do
  local id, queue, edges = ARGV[i], ARGV[i + 2], cmsgpack.unpack(ARGV[i + 9])
  local delay_ms, due_ms = tonumber(ARGV[i + 4]), tonumber(ARGV[i + 5])
  redis.call('RPUSH', members_key(flow), id)
  if queue == '' then
    redis.call('HSET', job_key(id), 'flow', flow)
  else
    if not queues[queue] then redis.call('SADD', queues_key(), queue) end
    queues[queue] = true
    if id ~= on_failure then redis.call('SADD', open_key(flow), id) end
    if #edges > 0 or id == on_failure or ARGV[i + 10] == '1' then
      admit_blocked(at, id, ARGV[i + 1], queue, delay_ms, due_ms, cmsgpack.unpack(ARGV[i + 8]))
      if #edges == 0 and id ~= on_failure then free(id, at) end
    else
      if due_ms == 0 then due_ms = at + delay_ms end
      admit(at, id, ARGV[i + 1], queue, tonumber(ARGV[i + 3]), due_ms, '', ARGV[i + 7], cmsgpack.unpack(ARGV[i + 8]))
    end
  end
  link(id, edges)
end
emit('flow:started', flow, name, '', 0, '{"jobs":' .. count .. '}')
return 'OK'
