-- Dead letters begin anew at the end of the list, as fresh tasks.
--
-- KEYS: those that keys.lua names.
-- ARGV: the claims' prefix (keys.lua), then the ids of the dead letters.
-- Returns how many there were.
needs('RPUSH', pending)
needs('HDEL', failed)
needs('ZREM', dead)
local left = time_left()
remembering_needs(left)
open_for_writing()
remember(left)
local moved = 0
for i = 2, #ARGV do
  local text = redis.call('ZSCORE', dead, ARGV[i]) and redis.call('HGET', failed, ARGV[i])
  if text then
    redis.call('RPUSH', pending, read_record(text).payload)
    redis.call('HDEL', failed, ARGV[i])
    redis.call('ZREM', dead, ARGV[i])
    moved = moved + 1
  end
end
return moved
