-- Tell up to `budget` dependants of a finished step or gate: each loses it from its needs, the last one lost frees it.
-- Returns the budget left, or -1 when dependants remain to be told.
-- Includes: free, skip
local function pass_on(node, cause, at, budget)
  local from = tonumber(redis.call('HGET', job_key(node), 'told') or 0)
  local edges = redis.call('LRANGE', next_key(node), from, from + budget - 1)
  for _, edge in ipairs(edges) do
    local child, policy = string.match(edge, '^(%S+) (%S+)$')
    local gate = string.find(child, '#', 1, true)
    if cause and policy == 'fail' and not gate then
      skip(child, cause, at)
    elseif redis.call('SREM', needs_key(child), node) == 1 then
      if cause and policy == 'fail' then redis.call('HSET', job_key(child), 'broken', cause) end
      if redis.call('EXISTS', needs_key(child)) == 0 then
        if gate then redis.call('RPUSH', retired_key(), child) else free(child, at) end
      end
    end
  end
  if #edges == budget then
    redis.call('HSET', job_key(node), 'told', from + #edges)
    return -1
  end
  redis.call('HDEL', job_key(node), 'told')
  return budget - #edges - 1
end
