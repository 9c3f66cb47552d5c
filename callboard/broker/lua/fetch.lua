-- Hand ready jobs to a worker: waiting -> active, at most as many as it asks for and the limits allow.
-- Guarantees: atomic; safe to repeat, for the same token is answered with the same jobs while they are still held
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: worker, token, lease_ms, free, ahead, queues*
-- Returns: ms until the next job may become ready (-1: unknown), then (id, fence, attempt, fields) for each job
-- Emits: job:active, job:promoted, job:parked, job:quarantined
-- Includes: now, held_from, advance_due, ready_queues, queue_room, take
local at = now()
local jobs = held_from(worker, token)
if jobs then return jobs end
jobs = {}
free, ahead = tonumber(free), tonumber(ahead)
local serves = {}
for i = queues, #ARGV do serves[ARGV[i]] = true end
local next_at = advance_due(serves, at)
local lines = ready_queues(serves, ARGV, queues)
for n, queue in ipairs(lines) do
  local share = math.ceil((free + ahead - #jobs) / (#lines - n + 1))
  local room, again_at = queue_room(queue, share, free - #jobs, at)
  if again_at and (not next_at or again_at < next_at) then next_at = again_at end
  if room > 0 then take(queue, room, worker, tonumber(lease_ms), at, jobs) end
end
if #jobs > 0 then
  local ids = {}
  for i, job in ipairs(jobs) do ids[i] = job[1] end
  redis.call('HSET', fetched_key(worker), 'token', token, 'ids', cmsgpack.pack(ids))
  redis.call('PEXPIRE', fetched_key(worker), 600000)
end
table.insert(jobs, 1, next_at and math.max(next_at - at, 0) or -1)
return jobs
