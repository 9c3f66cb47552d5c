-- Forget finished jobs by id.
-- Guarantees: atomic; safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: ids*
-- Returns: for each job REMOVED, its state where that is not final, IN_FLOW while its flow runs, or MISSING
-- Emits: job:removed
-- Includes: forget
local replies = {}
for i = ids, #ARGV do
  local job = redis.call('HMGET', job_key(ARGV[i]), 'state', 'queue', 'flow')
  local reply = job[1] or 'MISSING'
  local final = reply == 'completed' or reply == 'failed' or reply == 'cancelled'
  if final and job[3] and redis.call('HGET', flow_key(job[3]), 'state') == 'active' then
    reply = 'IN_FLOW'
  elseif final then
    forget(ARGV[i], job[2], reply)
    reply = 'REMOVED'
  end
  replies[#replies + 1] = reply
end
return replies
