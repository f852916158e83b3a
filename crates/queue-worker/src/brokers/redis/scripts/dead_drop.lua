-- Dead letters are forgotten.
--
-- KEYS: those that keys.lua names.
-- ARGV: the claims' prefix (keys.lua), then the ids of the dead letters.
-- Returns how many there were.
needs('ZREM', dead)
needs('HDEL', failed)
needs('HINCRBY', counts)
local dropped = 0
for i = 2, #ARGV do
  if redis.call('ZREM', dead, ARGV[i]) == 1 then
    redis.call('HDEL', failed, ARGV[i])
    dropped = dropped + 1
  end
end
if dropped > 0 then
  redis.call('HINCRBY', counts, 'dropped', dropped)
end
return dropped
