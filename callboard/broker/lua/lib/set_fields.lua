-- Write the fields of settings that were given: an empty value leaves what is there, 0 takes it away.
local function set_fields(key, wanted)
  for field, value in pairs(wanted) do
    if value == '0' then
      redis.call('HDEL', key, field)
    elseif value ~= '' then
      redis.call('HSET', key, field, value)
    end
  end
end
