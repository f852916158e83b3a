-- One task from a rediswq script's processing list goes to the front of the queue, unless its lease
-- lives. KEYS: processing list, queue, lease. ARGV: the payload.
if redis.call('EXISTS', KEYS[3]) == 1 or not redis.call('LPOS', KEYS[1], ARGV[1]) then
  return 0
end
needs('LREM', KEYS[1])
redis.call('LPUSH', KEYS[2], ARGV[1])
redis.call('LREM', KEYS[1], 1, ARGV[1])
return 1
