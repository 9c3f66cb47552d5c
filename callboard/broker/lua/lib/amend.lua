-- Write those of some fields of a record that differ, an empty value for none; whether any did.
local function amend(id, job, fields)
  local differs = false
  for i = 1, #fields, 2 do
    local name, value = fields[i], fields[i + 1]
    if (job[name] or '') ~= value then
      differs = true
      if value == '' then
        job[name] = nil
        redis.call('HDEL', job_key(id), name)
      else
        job[name] = value
        redis.call('HSET', job_key(id), name, value)
      end
    end
  end
  return differs
end
