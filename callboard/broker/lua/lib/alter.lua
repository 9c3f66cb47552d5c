-- Make a change to a job, tell of it if it changes anything, and put the job where it belongs by then.
-- Includes: amend, retagged, rearrange, emit
local function alter(id, job, change, at)
  local was = {state = job.state, queue = job.queue, priority = job.priority, due_ms = job.due_ms, parked = job.parked}
  local differs = amend(id, job, {'tags', retagged(job, change)})
  differs = amend(id, job, change.fields) or differs
  local placed = change.queue ~= '' and amend(id, job, {'queue', change.queue})
  if change.due_ms and (job.state == 'delayed' or change.due_ms > at) then
    -- Never before it came, and not the clock of now: the same change made again must find nothing to do.
    local due_ms = string.format('%.0f', math.max(change.due_ms, tonumber(job.enqueued_ms)))
    local late = {'state', 'delayed', 'reason', 'scheduled', 'due_ms', due_ms, 'parked', ''}
    placed = amend(id, job, late) or placed
  end
  if not (differs or placed) then return end
  if placed or was.priority ~= job.priority then rearrange(id, job, was) end
  redis.call('HSET', job_key(id), 'version', job.version + 1)
  local told = {state = job.state}
  if was.queue ~= job.queue then told.from = was.queue end
  emit('job:edited', id, job.type, job.queue, job.version + 1, cjson.encode(told))
end
