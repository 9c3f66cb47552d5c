-- The record of an entry of a line and its flat form, or nil and the reason why it is no job that can run.
-- Includes: record, sound_limits
local function readable(id, queue)
  local job, flat = record(id)
  if not flat then return nil, 'the record is not a hash' end
  if job.state ~= 'waiting' or job.queue ~= queue then return nil, 'no waiting job of this queue has this id' end
  local numbers = tonumber(job.version) and tonumber(job.fence or 0) and tonumber(job.attempt or 0)
  if not (numbers and job.type and tonumber(job.enqueued_ms) and tonumber(job.priority or 3)) then
    return nil, 'the record lacks what a job needs'
  end
  if job.limits then
    job.key_limits = sound_limits(job.limits)
    if not job.key_limits then return nil, 'its limits are not a JSON list of limits' end
  end
  return job, flat
end
