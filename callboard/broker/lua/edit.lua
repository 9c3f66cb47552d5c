-- A job that does not run is changed by hand: its fields, its place by its priority, the time it is delayed to.
-- Guarantees: atomic; safe to repeat, for a repeat finds another version and changes nothing
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: id, version, due_ms, fields* (name, value; an empty value takes the field away)
-- Returns: EDITED, CHANGED where it has another version, its state where that forbids it, or MISSING
-- Emits: job:edited
-- Includes: now, record, turn, place, leave_delayed, put_off, emit
local job = record(id)
if not job.state then return 'MISSING' end
local delayed = job.state == 'delayed' and job.reason == 'scheduled'
if not (delayed or job.state == 'waiting' or job.state == 'blocked') or (due_ms ~= '' and not delayed) then
  return job.state
end
if job.version ~= version then return 'CHANGED' end
for i = fields, #ARGV, 2 do
  if ARGV[i + 1] == '' then
    redis.call('HDEL', job_key(id), ARGV[i])
  else
    redis.call('HSET', job_key(id), ARGV[i], ARGV[i + 1])
  end
end
redis.call('HSET', job_key(id), 'version', job.version + 1)
local priority = redis.call('HGET', job_key(id), 'priority')
if job.state == 'waiting' and priority ~= (job.priority or false) then
  local since = tonumber(job.ready_ms or job.enqueued_ms)
  place(id, job.queue, turn(job.queue, since, tonumber(priority) or 3, job.fairness))
elseif due_ms ~= '' then
  local at = math.max(now(), tonumber(due_ms))
  leave_delayed(id, job.queue, job.parked)
  redis.call('HSET', job_key(id), 'due_ms', at)
  put_off(id, job.queue, at)
end
emit('job:edited', id, job.type, job.queue, job.version + 1)
return 'EDITED'
