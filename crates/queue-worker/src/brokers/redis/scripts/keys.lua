-- The keys of a queue, in the order in which script.rs gives them. keys.rs says what each holds.
local pending, leases, owners, delayed, dead, failed, results, counts, epoch_key, call_key,
  unique_key, pushes, paused_key, rate_key, cancelled_key,
  unique_by_key = unpack(KEYS)
local claim_prefix = ARGV[1] -- what stands before a claim's id in the key of its list

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- A write that changes nothing. Redis refuses growing writes at maxmemory only until a script has
-- written once, so with this one first a full queue still drains.
local function open_for_writing()
  redis.call('ZREM', leases, '')
end

-- Calls a command with a part of a list, in portions that Lua's stack can bear.
local function call_with(command, key, list, first, last)
  for from = first, last, 4000 do
    redis.call(command, key, unpack(list, from, math.min(last, from + 3999)))
  end
end

-- The first items of a list: at most `want`, and at most `max_bytes` unless the first alone is
-- longer. Read in growing portions, so that a few huge items do not come by the hundred.
local function head(key, want, max_bytes)
  local items, count, bytes, portion = {}, 0, 0, 1
  while count < want do
    local asked = math.min(portion, want - count)
    local part = redis.call('LRANGE', key, count, count + asked - 1)
    local size = #table.concat(part)
    if bytes + size <= max_bytes or (count == 0 and #part == 1) then
      if count == 0 then
        items = part
      else
        for i = 1, #part do
          items[count + i] = part[i]
        end
      end
      count = count + #part
      bytes = bytes + size
    else
      for i = 1, #part do
        bytes = bytes + #part[i]
        if bytes > max_bytes then
          break
        end
        count = count + 1
        items[count] = part[i]
      end
      break
    end
    if #part < asked then
      break
    end
    portion = math.min(256, portion * 4)
  end
  return items
end
