-- Put a job that has become ready into the waiting line of its queue.
-- Includes: turn, place
local function line_up(id, queue, ready_ms, priority, fairness)
  place(id, queue, turn(queue, ready_ms, tonumber(priority) or 3, fairness))
end
