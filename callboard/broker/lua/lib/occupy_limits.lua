-- A job under key limits starts: count it for each of its keys.
-- Includes: note_starts
local function occupy_limits(id, limits, at)
  for _, limit in ipairs(limits) do
    redis.call('SADD', limit_active_key(limit[1]), id)
    if limit[2] > 0 then note_starts(limit_starts_key(limit[1]), 1, limit[2], limit[3], at) end
  end
end
