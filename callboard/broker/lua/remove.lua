-- Forget finished jobs by id.
-- Guarantees: atomic; safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: ids*
-- Returns: for each job REMOVED, its state where that is not final, or MISSING
-- Emits: job:removed
-- Includes: forget
local replies = {}
for i = ids, #ARGV do
  local job = redis.call('HMGET', job_key(ARGV[i]), 'state', 'queue')
  local reply = job[1] or 'MISSING'
  if reply == 'completed' or reply == 'failed' or reply == 'cancelled' then
    forget(ARGV[i], job[2], reply)
    reply = 'REMOVED'
  end
  replies[#replies + 1] = reply
end
return replies
