-- Taking tasks: due retries first, then the list.

local function taking_needs(id)
  needs('HDEL', failed)
  needs('LRANGE', pending)
  needs('HGET', failed)
  needs('ZADD', leases)
  needs('HSET', owners)
  needs('RPUSH', claim_prefix .. id)
  needs('ZREM', delayed)
  needs('LTRIM', pending)
end

-- Tasks that are due or pending become a claim with a lease. They leave their old place last: on a
-- server that cannot be asked for permissions, whatever is refused before doubles work and loses
-- none. The lease comes first: what is half made goes when it has run out.
local function lease(id, kind, items, worker, lease_ms, now)
  redis.call('ZADD', leases, now + lease_ms, id)
  redis.call('HSET', owners, id, string.format('%s %d %s %.0f', kind, #items, worker, now))
  call_with('RPUSH', claim_prefix .. id, items, 1, #items)
end

-- A task that was in hand when a worker crashed is taken alone, so that the next crash tells which
-- it was.
local function take_due(id, want, max_bytes, worker, lease_ms, now)
  local ids, answer, bytes = {}, {}, 0
  for _, task in ipairs(redis.call('ZRANGEBYSCORE', delayed, '-inf', now, 'LIMIT', 0, want)) do
    local text = redis.call('HGET', failed, task)
    if text then
      local suspect = has_crashed(text)
      bytes = bytes + #text
      if #ids > 0 and (suspect or bytes > max_bytes) then
        break
      end
      ids[#ids + 1] = task
      answer[#answer + 1] = task
      answer[#answer + 1] = text
      if suspect then
        break
      end
    else
      redis.call('ZREM', delayed, task)
    end
  end
  if #ids > 0 then
    lease(id, 'r', ids, worker, lease_ms, now)
    call_with('ZREM', delayed, ids, 1, #ids)
  end
  return answer
end

local function take_pending(id, want, max_bytes, worker, lease_ms, now)
  local items = head(pending, want, max_bytes)
  if #items > 0 then
    lease(id, 'f', items, worker, lease_ms, now)
    redis.call('LTRIM', pending, #items, -1)
  end
  return items
end

-- Tasks that are given out at most once: the due ones leave their record behind for good. The claim
-- is there to be counted for the limit, and for a step that is sent twice.
local function take_once(id, want, max_bytes, worker, lease_ms, now)
  local items, ids, bytes = {}, {}, 0
  for _, task in ipairs(redis.call('ZRANGEBYSCORE', delayed, '-inf', now, 'LIMIT', 0, want)) do
    local text = redis.call('HGET', failed, task)
    bytes = bytes + (text and #text or 0)
    if #items > 0 and bytes > max_bytes then
      break
    end
    ids[#ids + 1] = task
    if text then
      items[#items + 1] = read_record(text).payload
    end
  end
  local is_due = #items > 0
  if not is_due then
    items = head(pending, want, max_bytes)
  end
  if #items > 0 then
    lease(id, 'o', items, worker, lease_ms, now)
  end
  if #ids > 0 then
    call_with('ZREM', delayed, ids, 1, #ids)
    call_with('HDEL', failed, ids, 1, #ids)
  end
  if #items > 0 and not is_due then
    redis.call('LTRIM', pending, #items, -1)
  end
  return items
end

local function in_hand()
  local tasks = 0
  for _, id in ipairs(redis.call('ZRANGE', leases, 0, -1)) do
    tasks = tasks + redis.call('LLEN', claim_prefix .. id)
  end
  return tasks
end
