-- Appends a batch of tasks, once whatever the number of times it is sent, and makes the queue if there
-- is none: also with an empty batch, so that a night without work is a drained queue and not a missing one.
-- ARGV from 2: sequence, TTL of the call in ms, 'all' or 'unique', the epoch that the pusher has seen
-- ('' at first), the epoch to make, the TTL of the unique keys in ms (0 for ever), then payloads, or key
-- and payload in turn.
-- Answers { 'ok', tasks added, epoch }, or { 'vanished' } when the queue is not the one that was seen.
local sequence, ttl_ms, mode = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local expected_epoch, new_epoch, unique_ttl_ms = ARGV[5], ARGV[6], tonumber(ARGV[7])
local epoch = redis.call('GET', epoch_key)
if expected_epoch ~= '' and epoch ~= expected_epoch then
  return { 'vanished' }
end
local last_sequence, last_added = string.match(redis.call('GET', call_key) or '', '^(%d+) (%d+)$')
if epoch and last_sequence and sequence <= tonumber(last_sequence) then
  return { 'ok', sequence == tonumber(last_sequence) and tonumber(last_added) or 0, epoch }
end
local left = time_left()
needs('SET', call_key)
needs('HINCRBY', counts)
remembering_needs(left)
local payloads, first = ARGV, 8
if mode == 'unique' then
  payloads, first = {}, 1
  needs('SADD', unique_key)
  needs(unique_ttl_ms > 0 and 'PEXPIRE' or 'PERSIST', unique_key)
  local seen = {}
  for i = 8, #ARGV, 2 do
    if not seen[ARGV[i]] and redis.call('SISMEMBER', unique_key, ARGV[i]) == 0 then
      seen[ARGV[i]] = true
      payloads[#payloads + 1] = ARGV[i + 1]
    end
  end
end
remember(left)
if not epoch then
  epoch = new_epoch
  redis.call('SET', epoch_key, epoch)
end
call_with('RPUSH', pending, payloads, first, #payloads)
if #ARGV < 8 then
  return { 'ok', 0, epoch }
end
if mode == 'unique' then
  for i = 8, #ARGV, 2 do
    redis.call('SADD', unique_key, ARGV[i])
  end
  if unique_ttl_ms > 0 then
    redis.call('PEXPIRE', unique_key, unique_ttl_ms)
  else
    redis.call('PERSIST', unique_key)
  end
end
local added = #payloads - first + 1
if added > 0 then
  redis.call('HINCRBY', counts, 'pushed', added)
end
redis.call('SET', call_key, string.format('%d %d', sequence, added), 'PX', ttl_ms)
return { 'ok', added, epoch }
