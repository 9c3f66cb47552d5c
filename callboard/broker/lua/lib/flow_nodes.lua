-- The steps and gates of a flow in the order of its plan, each with those before it and the policies of their edges.
local function flow_nodes(flow)
  local nodes, known = {}, {}
  for n, id in ipairs(redis.call('LRANGE', members_key(flow), 0, -1)) do
    local got = redis.call('HMGET', job_key(id), 'state', 'blocked_by', 'broken', 'tolerated', 'type', 'queue', 'version',
      'cut', 'left_out')
    nodes[n] = {id = id, gate = string.find(id, '#', 1, true), before = {}, state = got[1], blocked_by = got[2],
      broken = got[3], tolerated = got[4], type = got[5], queue = got[6], version = got[7],
      cut = got[8] or got[9]}
    nodes[n].open = got[1] == 'waiting' or got[1] == 'delayed' or got[1] == 'blocked' or got[1] == 'active'
    known[id] = nodes[n]
  end
  for _, node in ipairs(nodes) do
    for _, edge in ipairs(redis.call('LRANGE', next_key(node.id), 0, -1)) do
      local child, policy = string.match(edge, '^(%S+) (%S+)$')
      local before = known[child] and known[child].before or {}
      before[#before + 1] = {node = node, policy = policy}
    end
  end
  return nodes
end
