-- Take one of the admissions that a caller has in a window, before anything is done for it.
-- Guarantees: atomic; a lost reply costs one admission of the window and never gives one too many
-- KEYS: prefix
-- ARGV: caller, count, per_ms
-- Returns: 0 where it was given, else milliseconds until one is free
-- Emits: nothing
-- Includes: now, rate_room, note_starts
local at = now()
local room, free_at = rate_room(admissions_key(caller), 1, tonumber(count), tonumber(per_ms), at)
if room < 1 then return free_at - at end
note_starts(admissions_key(caller), 1, tonumber(count), tonumber(per_ms), at)
return 0
