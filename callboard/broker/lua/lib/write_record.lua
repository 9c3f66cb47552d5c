-- Write a whole record as it was recorded, a table of its fields.
local function write_record(id, job)
  local flat = {}
  for name, value in pairs(job) do
    flat[#flat + 1], flat[#flat + 2] = name, value
  end
  redis.call('HSET', job_key(id), unpack(flat))
  redis.call('SADD', queues_key(), job.queue)
end
