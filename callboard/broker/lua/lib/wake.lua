-- Leave one token for an idle worker of the queue; a second one would wake nobody sooner.
local function wake(queue)
  if redis.call('EXISTS', wake_key(queue)) == 0 then
    redis.call('LPUSH', wake_key(queue), '1')
  end
end
