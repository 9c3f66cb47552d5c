-- Go on telling dependants of finished steps where a large flow was too much for one script.
-- Guarantees: atomic per batch; safe to repeat; bounded by `budget`
-- Flags: allow-oom
-- KEYS: prefix
-- ARGV: budget
-- Returns: how many finished steps are left
-- Emits: job:promoted, job:failed, flow:completed, flow:failed, job:cancelled, job:approval
-- Includes: now, settle_steps
return settle_steps(tonumber(budget), now())
