-- The key limits of a record, a list of {key, count, per_ms, concurrency}; nil where its text is anything else.
local function sound_limits(text)
  local json, limits = pcall(cjson.decode, text)
  if not json or type(limits) ~= 'table' then return nil end
  for _, limit in ipairs(limits) do
    if type(limit) ~= 'table' or type(limit[1]) ~= 'string' then return nil end
    for i = 2, 4 do
      if type(limit[i]) ~= 'number' then return nil end
    end
  end
  return limits
end
