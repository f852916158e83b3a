-- How many tasks may be given out at this moment, where a queue has a rate: a bucket that fills by
-- Redis' clock, for which one moment is kept, that at which it will be full again (the generic cell
-- rate algorithm). It holds what comes in a tenth of a second, and at least one task.

local function now_us()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end

local function bucket(interval)
  return math.max(interval, 100000)
end

-- Tasks that the bucket has, and when it will be full without them.
local function tokens(interval, now)
  local full = math.max(tonumber(redis.call('GET', rate_key) or '0'), now)
  -- What a double has lost of a moment is less than a millionth of a task.
  return math.max(0, math.floor((now + bucket(interval) - full) / interval + 1e-6)), full
end

local function spend(tasks, interval, full, now)
  full = full + tasks * interval
  redis.call('SET', rate_key, string.format('%.17g', full), 'PX',
    string.format('%.0f', math.ceil((full - now) / 1000) + 1))
end
