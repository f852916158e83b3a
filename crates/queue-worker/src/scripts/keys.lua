local pending, leases, owners, delayed, dead, failed, results, counts, epoch_key, call_key =
  unpack(KEYS)
local claim_prefix = ARGV[1]

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- A write that changes nothing. Redis refuses growing writes at maxmemory only until a script has
-- written once, so with this one first a full queue still drains.
local function open_for_writing()
  redis.call('ZREM', leases, '')
end

-- The lists of unpack and of RPUSH are bounded by Lua's stack.
local function in_parts(list, first, last, each)
  for from = first, last, 4000 do
    each(unpack(list, from, math.min(last, from + 3999)))
  end
end

-- The first items of a list: at most `want`, and at most `max_bytes` unless the first alone is longer.
local function head(key, want, max_bytes)
  local items, bytes, longest = {}, 0, 1
  local part_size = 1
  while #items < want do
    local asked = math.min(part_size, want - #items)
    local part = redis.call('LRANGE', key, #items, #items + asked - 1)
    for _, item in ipairs(part) do
      bytes = bytes + #item
      if bytes > max_bytes and #items > 0 then
        return items
      end
      longest = math.max(longest, #item)
      items[#items + 1] = item
    end
    if #part < asked then
      break
    end
    part_size = math.max(1, math.min(256, math.floor((max_bytes - bytes) / longest)))
  end
  return items
end
