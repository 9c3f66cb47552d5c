-- Whether a state is final: only a person moves a job out of it.
local function is_final(state)
  return state == 'completed' or state == 'failed' or state == 'cancelled'
end
