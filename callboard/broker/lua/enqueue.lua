-- Accept calls: each becomes a waiting or delayed job with its record, all of them or none.
-- Guarantees: atomic; safe to repeat, for an id that exists is left alone and answered as it is
-- KEYS: prefix
-- ARGV: jobs* (id, type, queue, priority, delay_ms, due_ms, unique, fairness, fields)
-- Returns: the ids in the order given; where a unique key is held, the id that holds it
-- Emits: job:added
-- Includes: now, admit
local at, ids, queues = now(), {}, {}
for i = jobs, #ARGV, 9 do
  local queue, due_ms = ARGV[i + 2], tonumber(ARGV[i + 5])
  if due_ms == 0 then due_ms = at + tonumber(ARGV[i + 4]) end
  if not queues[queue] then
    redis.call('SADD', queues_key(), queue)
    queues[queue] = true
  end
  ids[#ids + 1] = admit(at, ARGV[i], ARGV[i + 1], queue, tonumber(ARGV[i + 3]), due_ms,
    ARGV[i + 6], ARGV[i + 7], cmsgpack.unpack(ARGV[i + 8]))
end
return ids
