-- live -> final as the history has it: this server was put back to a time at which these jobs had not finished yet.
-- Guarantees: each job atomically; safe to repeat; one with a higher version than the history's has gone on, and is left alone
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: jobs* (id, version, fields)
-- Returns: for each job CONCLUDED, its state where that is final, NEWER, or MISSING
-- Emits: job:added, job:promoted, job:failed, job:cancelled, flow:completed, flow:failed, job:approval
-- Includes: now, record, is_final, leave_active, leave_line, untie, write_record, emit, settle_steps
local at, replies = now(), {}
for i = jobs, #ARGV, 3 do
  local id, job = ARGV[i], record(ARGV[i])
  local reply = job.state or 'MISSING'
  local live = job.state and not is_final(job.state)
  if live and tonumber(job.version) > tonumber(ARGV[i + 1]) then
    reply = 'NEWER'
  elseif live then
    local was = cmsgpack.unpack(ARGV[i + 2])
    if job.state == 'active' then leave_active(job.queue, {id}) else leave_line(id, job) end
    untie(id, job, true, at)
    redis.call('DEL', job_key(id))
    was.version = ARGV[i + 1] + 1
    write_record(id, was)
    redis.call('ZADD', prefix .. ':queue:' .. was.queue .. ':' .. was.state, was.finished_ms, id)
    emit('job:added', id, was.type, was.queue, was.version, '{"state":"' .. was.state .. '","restored":true}')
    reply = 'CONCLUDED'
  end
  replies[#replies + 1] = reply
end
settle_steps(500, at)
return replies
