-- Forget finished jobs of one state in a queue: those older than `grace_ms`, and those beyond the newest `keep`.
-- Guarantees: atomic per batch; safe to repeat; jobs of flows that still run are kept
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: queue, state, grace_ms, keep, count
-- Returns: how many were forgotten; less than `count` means that none is left
-- Emits: job:removed
-- Includes: now, forget_batch
return forget_batch(queue, state, tonumber(grace_ms), tonumber(keep), tonumber(count), now())
