-- Take workers off the list whose lease ran out a minute ago: they have died without a word.
-- Includes: emit
local function unlist_dead(at)
  for _, worker in ipairs(redis.call('ZRANGEBYSCORE', workers_key(), '-inf', at - 60000)) do
    redis.call('ZREM', workers_key(), worker)
    emit('worker:offline', worker, '', '', 0, '{"reason":"died"}')
  end
end
