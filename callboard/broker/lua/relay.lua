-- Accept calls out of an SQL outbox: each once, though it comes again when its job is over and long forgotten.
-- Guarantees: atomic; safe to repeat for keep_ms; after before_ms it does nothing, so a caller that stood still does no harm
-- KEYS: prefix
-- ARGV: before_ms, keep_ms, jobs* (id, type, queue, priority, delay_ms, due_ms, unique, fairness, fields)
-- Returns: OK, or LATE
-- Emits: job:added
-- Includes: now, admit
local at, queues = now(), {}
if at > tonumber(before_ms) then return 'LATE' end
for i = jobs, #ARGV, 9 do
  local id, queue, due_ms = ARGV[i], ARGV[i + 2], tonumber(ARGV[i + 5])
  if redis.call('SET', relayed_key(id), 1, 'NX', 'PX', keep_ms) then
    if due_ms == 0 then due_ms = at + tonumber(ARGV[i + 4]) end
    if not queues[queue] then redis.call('SADD', queues_key(), queue) end
    queues[queue] = true
    admit(at, id, ARGV[i + 1], queue, tonumber(ARGV[i + 3]), due_ms,
      ARGV[i + 6], ARGV[i + 7], cmsgpack.unpack(ARGV[i + 8]))
  end
end
return 'OK'
