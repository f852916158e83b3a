-- The heartbeat: renews the leases of claims.
--
-- KEYS: those that keys.lua names.
-- ARGV: the claims' prefix (keys.lua), those named below, then the ids of the claims.
-- Returns { 'vanished' } when the queue is not the one that the caller has seen, or { 'ok', 1 or 0
--   for each claim: whether it is still there, and the ids of the cancelled tasks in hand }.
local expected_epoch = ARGV[2]     -- the queue as the caller has seen it
local lease_ms = tonumber(ARGV[3]) -- the length of the leases, from now
if redis.call('GET', epoch_key) ~= expected_epoch then
  return { 'vanished' }
end
open_for_writing()
local expiry = now_ms() + lease_ms
local answer = { 'ok' }
for i = 4, #ARGV do
  if redis.call('ZSCORE', leases, ARGV[i]) then
    redis.call('ZADD', leases, 'XX', expiry, ARGV[i])
    answer[#answer + 1] = 1
  else
    answer[#answer + 1] = 0
  end
end
answer[#answer + 1] = redis.call('SMEMBERS', cancelled_key)
return answer
