-- Note up to which event the history holds what has happened, so that nothing younger is forgotten.
-- Guarantees: atomic; safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: id
-- Returns: OK
-- Emits: nothing
redis.call('SET', recorded_key(), id)
return 'OK'
