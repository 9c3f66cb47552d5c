-- Start a flow: all its jobs and gates are accepted, those that need nothing are ready, the others blocked.
-- Guarantees: atomic; safe to repeat, for a flow that exists is left alone
-- KEYS: prefix
-- ARGV: flow, name, on_failure, meta, gates, count, nodes* (id, type, queue, priority, delay_ms, due_ms, unique, fairness, fields, edges)
-- Returns: OK
-- Emits: job:added, flow:started
-- Includes: now, admit, admit_blocked, link, emit
if redis.call('EXISTS', flow_key(flow)) == 1 then return 'OK' end
local at, queues = now(), {}
redis.call('HSET', flow_key(flow), 'name', name, 'state', 'active', 'started_ms', at, 'jobs', count, 'meta', meta)
if on_failure ~= '' then redis.call('HSET', flow_key(flow), 'on_failure', on_failure) end
redis.call('ZADD', flows_key(), at, flow)
for i = 1, tonumber(gates) do
  redis.call('HSET', job_key(flow .. '#' .. i), 'flow', flow)
  redis.call('RPUSH', members_key(flow), flow .. '#' .. i)
end
for i = nodes, #ARGV, 10 do
  local id, queue, edges = ARGV[i], ARGV[i + 2], cmsgpack.unpack(ARGV[i + 9])
  local due_ms = tonumber(ARGV[i + 5])
  if due_ms == 0 and ARGV[i + 4] ~= '0' then due_ms = at + ARGV[i + 4] end
  if queue ~= '' then
    if not queues[queue] then redis.call('SADD', queues_key(), queue) end
    queues[queue] = true
    redis.call('RPUSH', members_key(flow), id)
    if id ~= on_failure then redis.call('SADD', open_key(flow), id) end
    if #edges > 0 or id == on_failure then
      admit_blocked(at, id, ARGV[i + 1], queue, due_ms, cmsgpack.unpack(ARGV[i + 8]))
    else
      admit(at, id, ARGV[i + 1], queue, tonumber(ARGV[i + 3]), due_ms, '', ARGV[i + 7], cmsgpack.unpack(ARGV[i + 8]))
    end
  end
  link(id, edges)
end
emit('flow:started', flow, name, '', 0, count)
return 'OK'
