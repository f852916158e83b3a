-- The life of a queue. It begins with its epoch, which the first push makes, or the first worker
-- that finds tasks. As long as the epoch is there the queue is, though nothing may be left in it:
-- so a worker can tell a queue that is drained from one that never was, or that Redis has lost.

-- Whether tasks are there though no epoch is: those of a producer that knows no epoch, or of a
-- Redis that has lost this one key.
local function has_tasks()
  return redis.call('EXISTS', pending, leases, delayed, dead) > 0
end

-- Time in ms until the epoch expires; -1 when it does not, -2 when there is none.
local function time_left()
  return redis.call('PTTL', epoch_key)
end

-- What outlives the last task. The results and the keys of unique tasks may have a time of their
-- own, which stays theirs.
local lasting = { epoch_key, counts, dead, failed, results, unique_key, unique_by_key,
  pushes }

-- Whether a key has the time of the epoch, which has `left` ms. Before version 7 Redis' clock goes
-- on while a script runs, so that both are not read at one moment.
local function expires_with_epoch(key, left)
  return left >= 0 and math.abs(redis.call('PTTL', key) - left) <= 10
end

local function remembering_needs(left)
  if left >= 0 then
    needs('PERSIST', epoch_key)
  end
end

-- The queue goes on: what was to expire with the epoch stays.
local function remember(left)
  if left >= 0 then
    for _, key in ipairs(lasting) do
      if expires_with_epoch(key, left) then
        redis.call('PERSIST', key)
      end
    end
  end
end

-- How many tasks that `push` has added are neither done nor dead nor among the `open` ones
-- (pending, delayed or in claims): something else has removed them. Tasks of other producers are
-- not counted when they come, so they can hide a loss but never feign one.
local function missing_tasks(open)
  local function count(what)
    return tonumber(redis.call('HGET', counts, what) or '0')
  end
  local accounted = count('done') + count('gone') + count('dropped') + redis.call('ZCARD', dead)
  return math.max(0, count('pushed') - accounted - open)
end

-- Nothing is left to do: all that there is of the queue is forgotten together, `ms` from now. A
-- worker that waits for tasks looks every second; a tenth of the time is let pass before it is set
-- anew.
local function forget(ms, left, now)
  if left >= ms * 0.9 and left <= ms then
    return
  end
  for _, key in ipairs(lasting) do
    if redis.call('PTTL', key) == -1 or expires_with_epoch(key, left) then
      redis.call('PEXPIREAT', key, string.format('%.0f', now + ms))
    end
  end
end
