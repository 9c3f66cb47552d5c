-- failed, cancelled, completed -> waiting by hand: attempts and crashes start anew; steps skipped because of it are blocked
-- again, as is one that was cancelled before it could run.
-- Guarantees: atomic; safe to repeat under the same request id
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: request, checkpoint (keep, forget, or empty: forgotten by what was completed), fields (name, value), ids*
-- Returns: for each job WAITING, its state where that is not final, HELD where its unique key is taken, or MISSING
-- Emits: job:rerun, job:promoted, job:approval, job:cancelled
-- Includes: now, record, unfile, amend, must_wait, line_up, emit, reopen_flow
local at, replies, flows = now(), {}, {}
fields = cmsgpack.unpack(fields)
for i = ids, #ARGV do
  local id = ARGV[i]
  local job = record(id)
  local final = job.state == 'completed' or job.state == 'failed' or job.state == 'cancelled'
  local reply = job.state or 'MISSING'
  if job.state and job.request == request then
    reply = 'WAITING'
  elseif final and job.unique and not redis.call('SET', unique_key(job.unique), id, 'NX') then
    reply = 'HELD'
  elseif final then
    reply = 'WAITING'
    unfile(id, job.queue, job.state)
    -- The checkpoint of a job that came to its end would have the new run begin there, and do nothing.
    local forget = checkpoint == 'forget' or (checkpoint == '' and job.state == 'completed')
    if forget then redis.call('HDEL', job_key(id), 'checkpoint') end
    amend(id, job, fields)
    redis.call('HSET', job_key(id), 'request', request)
    redis.call('HDEL', job_key(id), 'left_out')
    local wait = must_wait(id, job)
    if wait then
      if job.approval then redis.call('HSET', job_key(id), 'approval', 'asked') end
    else
      redis.call('HSET', job_key(id), 'state', 'waiting', 'version', job.version + 1, 'ready_ms', at)
      line_up(id, job.queue, at, job.priority, job.fairness)
      emit('job:rerun', id, job.type, job.queue, job.version + 1)
    end
    if job.flow then
      flows[job.flow] = flows[job.flow] or {}
      flows[job.flow][id] = wait and 'wait' or true
    end
  end
  replies[#replies + 1] = reply
end
for flow, again in pairs(flows) do reopen_flow(flow, again, at) end
return replies
