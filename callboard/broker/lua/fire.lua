-- Accept the job of a firing, once: a repeat is answered as the first time, even when the job is long forgotten.
-- Guarantees: atomic; safe to repeat for keep_ms; after before_ms it does nothing, so a caller that stood still does no harm
-- KEYS: prefix
-- ARGV: schedule, data, before_ms, keep_ms, unless, id, type, queue, priority, delay_ms, due_ms, unique, fairness, fields
-- Returns: FIRED with the id of the job (the holder's where its unique key is held), LIVE with the id of the job `unless`
--   that has not ended, or LATE with nothing
-- Emits: job:added, schedule:fired
-- Includes: now, admit, emit
local at = now()
if at > tonumber(before_ms) then return {'LATE', ''} end
local known = redis.call('GET', fired_key(id))
if known then return {string.match(known, '^(%u+) (.*)$')} end
local answer, job = 'FIRED', id
local state = unless ~= '' and redis.call('HGET', job_key(unless), 'state')
if state and state ~= 'completed' and state ~= 'failed' and state ~= 'cancelled' then
  answer, job = 'LIVE', unless
else
  due_ms = tonumber(due_ms)
  if due_ms == 0 then due_ms = at + tonumber(delay_ms) end
  redis.call('SADD', queues_key(), queue)
  job = admit(at, id, type, queue, tonumber(priority), due_ms, unique, fairness, cmsgpack.unpack(fields))
  emit('schedule:fired', schedule, type, queue, 0, data)
end
redis.call('SET', fired_key(id), answer .. ' ' .. job, 'PX', keep_ms)
return {answer, job}
