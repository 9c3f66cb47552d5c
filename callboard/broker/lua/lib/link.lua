-- Tie a node of a flow to what it needs: edges are triples of the node needed, the policy, and whether its result is handed on.
local function link(id, edges)
  for i = 1, #edges, 3 do
    redis.call('SADD', needs_key(id), edges[i])
    redis.call('RPUSH', next_key(edges[i]), id .. ' ' .. edges[i + 1])
    if edges[i + 2] == 1 then redis.call('RPUSH', parents_key(id), edges[i]) end
  end
end
