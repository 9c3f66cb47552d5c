-- Steps of a flow run again: it is open once more, the steps skipped because of them wait for them again, and it counts
-- as failed only by what else has failed. A flow that was forgotten, or whose on_failure job is meant, stays as it is.
-- Includes: flow_nodes, wait_again, hold_again, block_again
local function reopen_flow(flow, again, at)
  local was = redis.call('HMGET', flow_key(flow), 'state', 'on_failure')
  if was[2] then again[was[2]] = nil end
  if not was[1] or not next(again) then return end
  redis.call('HSET', flow_key(flow), 'state', 'active')
  redis.call('HDEL', flow_key(flow), 'broken', 'finished_ms')
  for _, node in ipairs(flow_nodes(flow)) do
    if node.id == was[2] then
      if node.state == 'cancelled' and (was[1] == 'completed' or node.cut) then block_again(node, at) end
    elseif again[node.id] == 'wait' then
      hold_again(node, flow, at)
    elseif again[node.id] then
      node.reopened = true
      redis.call('SADD', open_key(flow), node.id)
      redis.call('LREM', retired_key(), 0, node.id)
    else
      wait_again(node, flow, at)
      local failed = node.state == 'failed' or node.state == 'cancelled'
      if failed and not node.tolerated then redis.call('HSETNX', flow_key(flow), 'broken', node.id) end
    end
  end
end
