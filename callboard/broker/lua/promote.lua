-- delayed -> waiting by hand: somebody would not wait for the due time.
-- Guarantees: atomic; safe to repeat, for what waits already is answered as promoted
-- KEYS: prefix
-- ARGV: ids*
-- Returns: for each job its state after the call, or MISSING
-- Emits: job:promoted
-- Includes: now, advance
local at, replies = now(), {}
for i = ids, #ARGV do
  local job = redis.call('HMGET', job_key(ARGV[i]), 'state', 'queue')
  if job[1] == 'delayed' then
    advance(ARGV[i], job[2], at)
    job[1] = 'waiting'
  end
  replies[#replies + 1] = job[1] or 'MISSING'
end
return replies
