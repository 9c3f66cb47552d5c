-- Build a flow again that was lost in whole or in part: lost steps as they were recorded, and all ties between them.
-- Guarantees: atomic; safe to repeat; what is there is left as it is, and what follows from it is worked out anew
-- KEYS: prefix
-- ARGV: flow, about, nodes* (id, fields, edges, parents)
-- Returns: the state of the flow, how many steps were written again, and how many finished ones are left to settle
-- Emits: job:added, flow:started, flow:completed, flow:failed, job:promoted, job:failed, job:cancelled, job:approval
-- Includes: now, is_final, revive, tie_again, emit, settle_steps
about = cmsgpack.unpack(about)
local data = cjson.encode({jobs = tonumber(about.jobs), restored = true})
local at, written, live, state = now(), 0, false, redis.call('HGET', flow_key(flow), 'state')
-- A flow that is over forgets its steps: who misses one of them, or takes the flow for open, has missed its end.
if state and state ~= 'active' then
  emit('flow:' .. state, flow, about.name, '', 0, data)
  return {state, 0, 0}
end
for i = nodes, #ARGV, 4 do
  local id, step = ARGV[i], redis.call('HGET', job_key(ARGV[i]), 'state')
  if string.find(id, '#', 1, true) then
    redis.call('HSET', job_key(id), 'flow', flow)
  elseif not step and ARGV[i + 1] ~= '' then
    local job = cmsgpack.unpack(ARGV[i + 1])
    revive(id, job, at)
    written, step = written + 1, job.state
  end
  live = live or (step and not is_final(step) and id ~= about.on_failure)
end
if not state then
  if live then about.state, about.broken, about.finished_ms = 'active', nil, nil end
  for name, value in pairs(about) do redis.call('HSET', flow_key(flow), name, value) end
  redis.call('ZADD', flows_key(), about.started_ms, flow)
end
redis.call('DEL', members_key(flow), open_key(flow))
local open = (state or about.state) == 'active'
for i = nodes, #ARGV, 4 do
  tie_again(flow, ARGV[i], cmsgpack.unpack(ARGV[i + 2]), cmsgpack.unpack(ARGV[i + 3]), open, about.on_failure, at)
end
emit(open and 'flow:started' or 'flow:' .. about.state, flow, about.name, '', 0, data)
return {open and 'active' or about.state, written, settle_steps(500, at)}
