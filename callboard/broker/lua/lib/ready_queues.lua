-- The queues with waiting jobs among those a worker serves, in the order in which it named them.
local function ready_queues(serves, names, first)
  local ready, lines = {}, {}
  for _, queue in ipairs(redis.call('SMEMBERS', ready_key())) do ready[queue] = serves[queue] end
  for i = first, #names do
    if ready[names[i]] then lines[#lines + 1] = names[i] end
  end
  return lines
end
