-- Pauses a queue, or lets it go on.
--
-- KEYS: those that keys.lua names.
-- ARGV: the claims' prefix (keys.lua), and:
local wish = ARGV[2] -- 'pause' or 'resume'
-- Returns { 'absent' } where there is no such queue, or { 'ok', now in ms, the moment in ms since
--   which it was paused, or -1 }.
local since = redis.call('GET', paused_key)
if not since and redis.call('EXISTS', epoch_key) == 0 and not has_tasks() then
  return { 'absent' }
end
local left = time_left()
needs('SET', paused_key)
needs('DEL', paused_key)
remembering_needs(left)
open_for_writing()
-- A queue that is paused is not over, and so is not forgotten.
remember(left)
local now = string.format('%.0f', now_ms())
if wish == 'resume' then
  redis.call('DEL', paused_key)
elseif not since then
  redis.call('SET', paused_key, now)
end
return { 'ok', now, since or '-1' }
