-- Tasks in hand that somebody has cancelled. Whatever ends their stay in a claim, other than their
-- being done, makes them dead letters: they are never given out again.

local has_cancelled = redis.call('EXISTS', cancelled_key) == 1

local function is_cancelled(id)
  return has_cancelled and redis.call('SISMEMBER', cancelled_key, id) == 1
end

local function cancelling_needs()
  if has_cancelled then
    needs('HSET', failed)
    needs('ZADD', dead)
    needs('HINCRBY', counts)
    needs('SREM', cancelled_key)
  end
end

-- A task becomes a dead letter.
local function bury_cancelled(id, record, now)
  record.reason, record.error = 'cancelled', 'somebody has cancelled it'
  record.last_seen = now
  redis.call('HSET', failed, id, write_record(record))
  redis.call('ZADD', dead, now, id)
  redis.call('HINCRBY', counts, 'dead', 1)
  redis.call('SREM', cancelled_key, id)
end

-- The first `over` tasks of a claim are over: nobody needs to know any longer who was cancelled.
local function forget_cancelled(claim, over)
  if not has_cancelled then
    return
  end
  for place, item in ipairs(redis.call('LRANGE', claim.key, 0, over - 1)) do
    local fresh = string.format('%s-%d', claim.id, claim.size - claim.length + place - 1)
    redis.call('SREM', cancelled_key, claim.kind == 'r' and item or fresh)
  end
end
