-- delayed -> waiting by hand: somebody would not wait for the due time.
-- Guarantees: atomic; safe to repeat, for what waits already is answered as promoted
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: ids*
-- Returns: for each job its state after the call, or MISSING
-- Emits: job:promoted
-- Includes: now, record, advance
local at, replies = now(), {}
for i = ids, #ARGV do
  local job = record(ARGV[i])
  if job.state == 'delayed' then
    advance(ARGV[i], job, at)
    job.state = 'waiting'
  end
  replies[#replies + 1] = job.state or 'MISSING'
end
return replies
