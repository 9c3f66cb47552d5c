-- active -> cancelled: a job whose cancellation was asked for has stopped, whatever it stopped for.
-- Includes: retire, emit
local function call_off(id, job, at)
  retire(id, job, 'cancelled', at)
  emit('job:cancelled', id, job.type, job.queue, job.version + 1, '{"fence":' .. job.fence .. '}')
end
