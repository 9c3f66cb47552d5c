-- Why a change cannot be made to a job, as the word that is answered; nil where it can be made.
-- Whatever a worker may have read already is changed only of jobs that do not run.
-- Includes: retagged
local function objection(job, change)
  if not job.state then return 'MISSING' end
  local idle = job.state == 'waiting' or job.state == 'delayed' or job.state == 'blocked'
  if (change.idle and not idle) or (change.due_ms and job.state == 'blocked') then return job.state end
  if change.version ~= '' and change.version ~= job.version then return 'CHANGED' end
  if not retagged(job, change) then return 'CROWDED' end
end
