-- What a node of a flow must wait for, the failed step that forbids it to run if there is one, and whether anything
-- before it has been opened again.
local function held_up_by(node)
  local needs, cause, reopened = {}, nil, false
  for _, edge in ipairs(node.before) do
    local before = edge.node
    reopened = reopened or before.reopened
    if before.gate then cause = cause or before.broken end
    if before.open then
      needs[#needs + 1] = before.id
    elseif edge.policy == 'fail' and (before.state == 'failed' or before.state == 'cancelled') then
      cause = before.id
    end
  end
  return needs, cause, reopened
end
