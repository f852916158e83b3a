-- Appends a batch of tasks, once however often it is sent, and makes the queue if there is none:
-- also with an empty batch, so that a night without work is a drained queue and not a missing one.
--
-- KEYS: those that keys.lua names.
-- ARGV: the claims' prefix (keys.lua), those named below, then payloads, or a key and a payload in
--   turn.
-- Returns { 'vanished' } when the queue is not the one that the caller has seen, { 'elsewhere',
--   tasks, digest } when the push of this name has come to another place than before this batch, or
--   { 'ok', tasks added, epoch, tasks, digest } with the place that the push had come to.
local sequence = tonumber(ARGV[2])      -- the batch's number among those of its pusher
local caller = string.match(call_key, '([^:]+)$')
local ttl_ms = tonumber(ARGV[3])        -- how long this call is remembered
local mode = ARGV[4]                    -- 'all', or 'unique' for the tasks whose key is new
local expected_epoch = ARGV[5]          -- the queue as the caller has seen it, '' at first
local new_epoch = ARGV[6]               -- what to make the epoch where there is none
local unique_ttl_ms = tonumber(ARGV[7]) -- ms after which the keys are forgotten, 0 for never
local push_id = ARGV[8]                 -- the name of the push, '' for none
local from = tonumber(ARGV[9])          -- tasks of the push before this batch
local before = ARGV[10]                 -- their digest, '' for none
local after = ARGV[11]                  -- the digest of these and of those in this batch
local due = ARGV[12]                    -- when they are due: '' at once, '+MS' from now on, or 'MS'
local unique_by = ARGV[13]              -- the field that is the key, '' for the whole task
local first_task = 14
local reached, digest = 0, ''
if push_id ~= '' then
  local place = redis.call('HGET', pushes, push_id) or ''
  reached, digest = string.match(place, '^(%d+) (%x+)$')
  reached, digest = tonumber(reached) or 0, digest or ''
end
local epoch = redis.call('GET', epoch_key)
if expected_epoch ~= '' and epoch ~= expected_epoch then
  return { 'vanished' }
end
local last_sequence, last_added = string.match(redis.call('GET', call_key) or '', '^(%d+) (%d+)$')
if epoch and last_sequence and sequence <= tonumber(last_sequence) then
  local again = sequence == tonumber(last_sequence) and tonumber(last_added) or 0
  return { 'ok', again, epoch, reached, digest }
end
if push_id ~= '' and #ARGV >= first_task and (reached ~= from or digest ~= before) then
  return { 'elsewhere', reached, digest }
end
local left = time_left()
needs('SET', call_key)
needs('HINCRBY', counts)
needs('HSET', pushes)
remembering_needs(left)
local payloads, first = ARGV, first_task
if mode == 'unique' then
  payloads, first = {}, 1
  needs('SADD', unique_key)
  needs('SADD', unique_by_key)
  needs(unique_ttl_ms > 0 and 'PEXPIRE' or 'PERSIST', unique_key)
  local seen = {}
  for i = first_task, #ARGV, 2 do
    if not seen[ARGV[i]] and redis.call('SISMEMBER', unique_key, ARGV[i]) == 0 then
      seen[ARGV[i]] = true
      payloads[#payloads + 1] = ARGV[i + 1]
    end
  end
end
if due ~= '' then
  postponing_needs()
end
remember(left)
if not epoch then
  epoch = new_epoch
  redis.call('SET', epoch_key, epoch)
end
if due == '' then
  call_with('RPUSH', pending, payloads, first, #payloads)
else
  local now = now_ms()
  local at = string.match(due, '^%+') and now + tonumber(due) or tonumber(due)
  postpone(string.format('%s.%010d', caller, sequence), payloads, first, at, now)
end
if #ARGV < first_task then
  return { 'ok', 0, epoch, reached, digest }
end
if mode == 'unique' then
  for i = first_task, #ARGV, 2 do
    redis.call('SADD', unique_key, ARGV[i])
  end
  redis.call('SADD', unique_by_key, unique_by)
  if unique_ttl_ms > 0 then
    redis.call('PEXPIRE', unique_key, unique_ttl_ms)
  else
    redis.call('PERSIST', unique_key)
  end
end
local added = #payloads - first + 1
if push_id ~= '' then
  local tasks = #ARGV - first_task + 1
  reached, digest = from + (mode == 'unique' and tasks / 2 or tasks), after
  redis.call('HSET', pushes, push_id, string.format('%d %s', reached, digest))
end
if added > 0 then
  redis.call('HINCRBY', counts, 'pushed', added)
end
redis.call('SET', call_key, string.format('%d %d', sequence, added), 'PX', ttl_ms)
return { 'ok', added, epoch, reached, digest }
