-- waiting, delayed, blocked -> cancelled: it is the turn of a step that was left out.
-- Includes: leave_line, retire, emit
local function drop(id, job, at)
  leave_line(id, job)
  retire(id, job, 'cancelled', at)
  emit('job:cancelled', id, job.type, job.queue, job.version + 1, '{"reason":"left_out"}')
end
