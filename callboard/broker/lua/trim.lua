-- Enforce the retention of a queue: of each final state, the jobs older than its time or beyond its count.
-- Guarantees: atomic per batch; safe to repeat; jobs of flows that still run, and those not yet recorded, are kept
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: queue, count, states* (state, keep_ms, keep_count)
-- Returns: how many were forgotten; less than `count` means that none is left
-- Emits: job:removed
-- Includes: now, recorded_ms, forget_batch
local at, forgotten, before = now(), 0, recorded_ms()
for i = states, #ARGV, 3 do
  local state = ARGV[i]
  local own = redis.call('HMGET', settings_key(queue), 'keep_' .. state .. '_ms', 'keep_' .. state .. '_count')
  local keep_ms, keep_count = own[1] or ARGV[i + 1], own[1] and own[2] or ARGV[i + 2]
  local left = tonumber(count) - forgotten
  if left > 0 then
    forgotten = forgotten + forget_batch(queue, state, tonumber(keep_ms), tonumber(keep_count), left, at, before)
  end
end
return forgotten
