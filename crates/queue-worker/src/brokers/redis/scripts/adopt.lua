-- One task from a rediswq script's processing list goes to the front of the queue, unless its lease
-- lives.
--
-- KEYS: the processing list, the queue's list, the task's rediswq lease.
-- ARGV:
local payload = ARGV[1] -- the task
-- Returns 1 when it was moved, else 0.
local processing, queue, its_lease = unpack(KEYS)
if redis.call('EXISTS', its_lease) == 1 or not redis.call('LPOS', processing, payload) then
  return 0
end
needs('LREM', processing)
redis.call('LPUSH', queue, payload)
redis.call('LREM', processing, 1, payload)
return 1
