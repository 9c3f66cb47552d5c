-- Tie a node of a flow again to those before it, by what its record and theirs say now; the nodes come in the order of
-- the plan. While the flow is `open`, a blocked step and a gate need all before them, and what has finished tells them.
-- Steps that were forgotten before the flow was opened again have finished, and nobody waits for them.
-- Includes: is_final, free
local function tie_again(flow, id, edges, parents, open, on_failure, at)
  local state, gate = redis.call('HGET', job_key(id), 'state'), string.find(id, '#', 1, true)
  local waits = open and (gate or state == 'blocked')
  redis.call('RPUSH', members_key(flow), id)
  redis.call('DEL', next_key(id), parents_key(id), needs_key(id))
  redis.call('HDEL', job_key(id), 'told', 'broken')
  for _, parent in ipairs(parents) do redis.call('RPUSH', parents_key(id), parent) end
  for i = 1, #edges, 2 do
    local there = redis.call('EXISTS', job_key(edges[i])) == 1
    if there then redis.call('RPUSH', next_key(edges[i]), id .. ' ' .. edges[i + 1]) end
    if there and waits then redis.call('SADD', needs_key(id), edges[i]) end
  end
  local passed = waits and gate and redis.call('EXISTS', needs_key(id)) == 0
  if passed or (open and is_final(state) and id ~= on_failure) then redis.call('RPUSH', retired_key(), id) end
  if waits and not gate and #edges == 0 and id ~= on_failure then free(id, at) end
  if open and state and id ~= on_failure then redis.call('SADD', open_key(flow), id) end
end
