-- Take a job whose record was lost alone out of all sets of its queue, where its id may have been left behind.
-- Includes: leave_delayed
local function strip(id, queue, parked)
  if redis.call('ZSCORE', delayed_key(queue), id) then leave_delayed(id, queue, parked) end
  for _, state in ipairs({'waiting', 'blocked', 'active', 'completed', 'failed', 'cancelled'}) do
    redis.call('ZREM', prefix .. ':queue:' .. queue .. ':' .. state, id)
  end
  redis.call('ZREM', leases_key(), id)
end
