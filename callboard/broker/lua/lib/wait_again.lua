-- A node after one that runs again: a gate shuts; a step that was skipped, or cancelled while it was blocked, is blocked
-- again unless another failure forbids it too.
-- Includes: held_up_by, block_again
local function wait_again(node, flow, at)
  local needs, cause, reopened = held_up_by(node)
  local skipped = node.state == 'failed' and node.blocked_by
  local off = skipped or (node.state == 'cancelled' and node.cut)
  if node.gate then node.open = #needs > 0 end
  if not reopened or not (node.gate or off or node.state == 'blocked') then return end
  if off and cause then return skipped and redis.call('HSET', job_key(node.id), 'blocked_by', cause) end
  for _, need in ipairs(needs) do redis.call('SADD', needs_key(node.id), need) end
  if node.gate then
    node.broken = cause
    redis.call('HDEL', job_key(node.id), 'broken', 'told')
    if cause then redis.call('HSET', job_key(node.id), 'broken', cause) end
  elseif off then
    block_again(node, at)
    redis.call('SADD', open_key(flow), node.id)
    node.state, node.open = 'blocked', true
  else
    redis.call('HSET', job_key(node.id), 'reason', 'blocked_by')
  end
  redis.call('LREM', retired_key(), 0, node.id)
  node.reopened = node.gate or off
end
