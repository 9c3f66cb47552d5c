-- waiting, delayed, blocked -> cancelled: a step is left out, where all that comes after it can do without. One that
-- waits for steps before it is passed over in its turn, so that those after it still come after these.
-- Guarantees: atomic; safe to repeat, for what is left out already is answered alike
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: id, decided (JSON: by, note)
-- Returns: DONE, NEEDED where its flow would fail, its state, or MISSING
-- Emits: job:cancelled, job:edited, job:promoted, job:failed, job:approval, flow:completed, flow:failed
-- Includes: now, record, drop, emit, settle_steps
local at, job = now(), record(id)
if not job.state or not job.flow then return 'MISSING' end
if job.left_out then return 'DONE' end
if job.state ~= 'waiting' and job.state ~= 'delayed' and job.state ~= 'blocked' then return job.state end
if not job.tolerated then return 'NEEDED' end
redis.call('HSET', job_key(id), 'left_out', 1, 'decided', decided)
if redis.call('EXISTS', needs_key(id)) == 1 then
  redis.call('HSET', job_key(id), 'version', job.version + 1)
  emit('job:edited', id, job.type, job.queue, job.version + 1, '{"state":"blocked","left_out":true}')
else
  drop(id, job, at)
end
settle_steps(500, at)
return 'DONE'
