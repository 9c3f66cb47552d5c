-- Take one start of a key's rate from inside a running body, which makes many calls under one job.
-- Guarantees: fenced by (id, fence); a lost reply costs one start of the window and never gives one too many
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: id, fence, key, count, per_ms
-- Returns: milliseconds until a start may be free, 0 where it was given; CANCEL when its cancellation was asked for, or LOST
-- Emits: nothing
-- Includes: now, rate_room, note_starts
local job = redis.call('HMGET', job_key(id), 'state', 'fence', 'cancel')
if job[1] ~= 'active' or job[2] ~= fence then return 'LOST' end
if job[3] then return 'CANCEL' end
local set = redis.call('HMGET', limit_key(key), 'rate_count', 'rate_per_ms', 'blocked_until_ms')
local most, window, blocked = tonumber(set[1] or count), tonumber(set[2] or per_ms), tonumber(set[3] or 0)
local at = now()
if blocked > at then return blocked - at end
if most == 0 then return 0 end -- an operator has lifted the rate
local room, free_at = rate_room(limit_starts_key(key), 1, most, window, at)
if room < 1 then return free_at - at end
note_starts(limit_starts_key(key), 1, most, window, at)
return 0
