-- Start up to `room` jobs from the head of a line, and wake another worker when some are left behind.
-- Includes: eligible, begin, claim, wake
local function take(queue, room, worker, lease_ms, at, jobs)
  local head = redis.call('ZRANGE', waiting_key(queue), 0, room - 1, 'WITHSCORES')
  local ids, turns = {}, redis.call('EXISTS', turns_key(queue)) == 1
  for i = 1, #head, 2 do
    local job, flat = eligible(head[i], queue, head[i + 1], turns, at)
    if job then
      ids[#ids + 1] = head[i]
      jobs[#jobs + 1] = begin(head[i], job, flat, worker, at)
    end
  end
  if #ids > 0 then claim(queue, ids, lease_ms, at) end
  if redis.call('EXISTS', waiting_key(queue)) == 1 then
    wake(queue)
  else
    redis.call('SREM', ready_key(), queue)
    redis.call('DEL', turns_key(queue))
  end
end
