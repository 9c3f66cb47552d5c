-- failed, cancelled -> blocked: a step that was skipped or cut off waits once more for those before it.
-- Includes: unfile, emit
local function block_again(node, at)
  unfile(node.id, node.queue, node.state)
  redis.call('HSET', job_key(node.id), 'state', 'blocked', 'version', node.version + 1, 'reason', 'blocked_by')
  redis.call('ZADD', blocked_key(node.queue), at, node.id)
  emit('job:rerun', node.id, node.type, node.queue, node.version + 1)
end
