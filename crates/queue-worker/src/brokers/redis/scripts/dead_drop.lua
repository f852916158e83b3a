-- Dead letters are forgotten, and the keys by which they were unique: such a task may be pushed
-- again.
--
-- KEYS: those that keys.lua names.
-- ARGV: the claims' prefix (keys.lua), then of each dead letter its id, how many keys it has, and
--   those.
-- Returns how many there were.
needs('ZREM', dead)
needs('HDEL', failed)
needs('HINCRBY', counts)
needs('SREM', unique_key)
local dropped, at = 0, 2
while at < #ARGV do
  local id, keys = ARGV[at], tonumber(ARGV[at + 1])
  if redis.call('ZREM', dead, id) == 1 then
    redis.call('HDEL', failed, id)
    dropped = dropped + 1
    for key = at + 2, at + 1 + keys do
      redis.call('SREM', unique_key, ARGV[key])
    end
  end
  at = at + 2 + keys
end
if dropped > 0 then
  redis.call('HINCRBY', counts, 'dropped', dropped)
end
return dropped
