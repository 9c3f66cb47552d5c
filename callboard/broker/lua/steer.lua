-- What an operator wants of a worker: that it is quiet, that it stops, or that it takes jobs again; it is told at once.
-- Guarantees: atomic; safe to repeat; a worker that misses the order hears of the wish when it renews its lease
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: worker, wish (quiet, stop, or nothing: take jobs again)
-- Returns: OK, STOPPING where it was told to stop before, or MISSING
-- Emits: worker:quiet
-- Includes: now, emit
local until_ms = redis.call('ZSCORE', workers_key(), worker)
if not until_ms or tonumber(until_ms) < now() then return 'MISSING' end
local was = redis.call('HGET', worker_key(worker), 'wish') or ''
if was == 'stop' and wish ~= 'stop' then return 'STOPPING' end
if was ~= wish then
  redis.call('HSET', worker_key(worker), 'wish', wish)
  emit('worker:quiet', worker, '', '', 0, cjson.encode({quiet = wish ~= '', stopping = wish == 'stop'}))
end
redis.call('RPUSH', control_key(worker), cjson.encode({order = 'steer', wish = wish}))
redis.call('EXPIRE', control_key(worker), 60)
return 'OK'
