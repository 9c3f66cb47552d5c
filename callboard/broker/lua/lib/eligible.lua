-- The record of a waiting job if it may start now; what a key limit holds is parked, what is no job is set aside.
-- Where keys take `turns`, each job served moves the virtual time: those without a key are one key more.
-- Includes: readable, quarantine, held_by_limit, park, offer_room, occupy_limits, note_served
local function eligible(id, queue, score, turns, at)
  local job, flat = readable(id, queue)
  if not job then return quarantine(id, queue, flat) end
  if job.key_limits then
    local key, until_ms = held_by_limit(id, job.key_limits, score, at)
    if key then
      park(id, job, key, until_ms, score, at)
      return offer_room(job.key_limits, key, at)
    end
    occupy_limits(id, job.key_limits, at)
  end
  if turns then note_served(queue, tonumber(score), job) end
  return job, flat
end
