-- Appends a batch of tasks, once whatever the number of times it is sent. KEYS: list, call, unique set.
-- ARGV: sequence, TTL of the call in ms, 'all', 'front' or 'unique', then payloads, or the TTL of the unique set in ms (0 for ever)
-- and key and payload in turn.
-- 'front' puts each payload before the one given before it.
local sequence, ttl_ms, mode = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local last_sequence, last_added = string.match(redis.call('GET', KEYS[2]) or '', '^(%d+) (%d+)$')
if last_sequence and sequence <= tonumber(last_sequence) then
  return sequence == tonumber(last_sequence) and tonumber(last_added) or 0
end
needs('SET', KEYS[2])
local payloads, first = ARGV, 4
if mode == 'unique' then
  payloads, first = {}, 1
  needs('SADD', KEYS[3])
  needs(tonumber(ARGV[4]) > 0 and 'PEXPIRE' or 'PERSIST', KEYS[3])
  local seen = {}
  for i = 5, #ARGV, 2 do
    if not seen[ARGV[i]] and redis.call('SISMEMBER', KEYS[3], ARGV[i]) == 0 then
      seen[ARGV[i]] = true
      payloads[#payloads + 1] = ARGV[i + 1]
    end
  end
end
for from = first, #payloads, 4000 do
  redis.call(mode == 'front' and 'LPUSH' or 'RPUSH', KEYS[1], unpack(payloads, from, math.min(#payloads, from + 3999)))
end
if mode == 'unique' then
  for i = 5, #ARGV, 2 do
    redis.call('SADD', KEYS[3], ARGV[i])
  end
  if tonumber(ARGV[4]) > 0 then
    redis.call('PEXPIRE', KEYS[3], ARGV[4])
  else
    redis.call('PERSIST', KEYS[3])
  end
end
local added = #payloads - first + 1
redis.call('SET', KEYS[2], string.format('%d %d', sequence, added), 'PX', ttl_ms)
return added
