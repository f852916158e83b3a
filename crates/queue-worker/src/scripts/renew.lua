-- Renews the leases of claims and says of each whether it is still there.
local epoch = redis.call('GET', epoch_key)
if epoch ~= ARGV[2] then
  return { 'vanished' }
end
open_for_writing()
local expiry = now_ms() + tonumber(ARGV[3])
local answer = { 'ok' }
for i = 4, #ARGV do
  if redis.call('ZSCORE', leases, ARGV[i]) then
    redis.call('ZADD', leases, 'XX', expiry, ARGV[i])
    answer[#answer + 1] = 1
  else
    answer[#answer + 1] = 0
  end
end
return answer
