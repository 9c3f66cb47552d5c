-- Promote what is due in the queues a worker serves, at most 200 jobs; returns when the next one is due, or nil.
-- What is among the delayed and is no delayed job is set aside.
-- Includes: record, advance, leave_delayed, quarantine
local function advance_due(serves, at)
  local due, next_at = redis.call('ZRANGE', due_key(), 0, -1, 'WITHSCORES'), nil
  for i = 1, #due, 2 do
    local queue, earliest = due[i], tonumber(due[i + 1])
    if serves[queue] then
      if earliest <= at then
        for _, id in ipairs(redis.call('ZRANGEBYSCORE', delayed_key(queue), '-inf', at, 'LIMIT', 0, 200)) do
          local job = record(id)
          if job.state == 'delayed' and job.queue == queue and job.type and tonumber(job.version) then
            advance(id, job, at)
          else
            leave_delayed(id, queue, job.parked)
            quarantine(id, queue, 'no delayed job of this queue has this id')
          end
        end
        earliest = tonumber(redis.call('ZSCORE', due_key(), queue))
      end
      if earliest and (not next_at or earliest < next_at) then next_at = earliest end
    end
  end
  return next_at
end
