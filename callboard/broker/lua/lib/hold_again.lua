-- A step is run again that was cancelled before those before it had finished, or was never approved: it waits for that.
-- Includes: held_up_by, block_again, free
local function hold_again(node, flow, at)
  local needs = held_up_by(node)
  for _, need in ipairs(needs) do redis.call('SADD', needs_key(node.id), need) end
  block_again(node, at)
  redis.call('SADD', open_key(flow), node.id)
  redis.call('LREM', retired_key(), 0, node.id)
  node.state, node.open, node.reopened = 'blocked', true, true
  if #needs == 0 then free(node.id, at) end
end
