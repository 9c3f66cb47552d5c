-- Let the marks of relayed calls go soon: their rows are deleted, so that nobody reads and relays them again.
-- Guarantees: safe to repeat
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: keep_ms, ids*
-- Returns: OK
-- Emits: nothing
for i = ids, #ARGV do redis.call('PEXPIRE', relayed_key(ARGV[i]), keep_ms, 'LT') end
return 'OK'
