-- Tasks for later. They wait among the failed ones, with a record that says that nothing has
-- happened to them yet, or, from a producer that has nothing but ZADD, without one: then the member
-- is the payload, and its record is made when it is taken.

local function postponing_needs()
  needs('HSET', failed)
  needs('ZADD', delayed)
end

local function untried(payload, now)
  return write_record({ failures = 0, crashes = 0, first_seen = now, last_seen = now, reason = '-',
    worker = '-', error = '', payload = payload })
end

-- Keeps tasks until a moment. Those of one moment are taken in the order of their ids, which is
-- that of their places.
local function postpone(batch, payloads, first, at, now)
  for i = first, #payloads do
    local id = string.format('%s-%06d', batch, i - first)
    redis.call('HSET', failed, id, untried(payloads[i], now))
    redis.call('ZADD', delayed, string.format('%.0f', at), id)
  end
end
