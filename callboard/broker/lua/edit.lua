-- Jobs are changed by hand: what is called, tags, queue, place by priority, the time before which they do not run.
-- Guarantees: atomic; safe to repeat, for what is so already is left as it is, and a version is found once
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: version, due_ms, queue, tags, untags, fields (name, value; an empty value takes the field away), ids*
-- Returns: for each job EDITED, CHANGED where it has another version, CROWDED where it would have too many tags, its state where that forbids it, or MISSING
-- Emits: job:edited
-- Includes: now, record, objection, alter
local at, replies = now(), {}
local change = {version = version, due_ms = tonumber(due_ms), queue = queue, fields = cmsgpack.unpack(fields),
  tags = cmsgpack.unpack(tags), untags = cmsgpack.unpack(untags)}
change.idle = queue ~= '' or due_ms ~= ''
for i = 1, #change.fields, 2 do change.idle = change.idle or change.fields[i] ~= 'tags' end
for i = ids, #ARGV do
  local job = record(ARGV[i])
  local reply = objection(job, change)
  if not reply then
    alter(ARGV[i], job, change, at)
    reply = 'EDITED'
  end
  replies[#replies + 1] = reply
end
return replies
