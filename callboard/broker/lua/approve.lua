-- blocked -> waiting or delayed, or cancelled: somebody has decided on a step that waits for approval.
-- Guarantees: atomic; safe to repeat, for the same decision twice is one
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: id, approval (given, refused), decided (JSON: by, note)
-- Returns: DONE, NOT_ASKED where it waits for nobody, NOT_YET while steps before it have not finished, its state, or MISSING
-- Emits: job:promoted, job:cancelled, job:failed, job:approval, flow:completed, flow:failed
-- Includes: now, record, free, leave_line, retire, emit, settle_steps
local at, job = now(), record(id)
if not job.state then return 'MISSING' end
if not job.approval then return 'NOT_ASKED' end
if job.approval == approval then return 'DONE' end
if job.state ~= 'blocked' then return job.state end
if job.reason ~= 'approval' then return 'NOT_YET' end
redis.call('HSET', job_key(id), 'approval', approval, 'decided', decided)
if approval == 'given' then
  free(id, at)
else
  leave_line(id, job)
  retire(id, job, 'cancelled', at)
  local told = cjson.decode(decided)
  told.reason = 'rejected'
  emit('job:cancelled', id, job.type, job.queue, job.version + 1, cjson.encode(told))
end
settle_steps(500, at)
return 'DONE'
