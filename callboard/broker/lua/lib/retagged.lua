-- The tags of a job after a change as JSON, empty where none is left; nil where they would be too many.
local function retagged(job, change)
  if #change.tags + #change.untags == 0 then return job.tags or '' end
  local readable, had = pcall(cjson.decode, job.tags or '[]')
  if not readable or type(had) ~= 'table' then had = {} end
  local kept, seen, differs = {}, {}, false
  for _, tag in ipairs(change.untags) do seen[tag] = true end
  for _, tag in ipairs(had) do
    differs = differs or seen[tag]
    if not seen[tag] then kept[#kept + 1] = tag end
    seen[tag] = true
  end
  for _, tag in ipairs(change.tags) do
    if not seen[tag] then
      kept[#kept + 1], seen[tag], differs = tag, true, true
    end
  end
  if not differs then return job.tags or '' end
  if #kept > TAGS_MOST and #change.tags > 0 then return nil end
  return #kept > 0 and cjson.encode(kept) or ''
end
