-- Taking tasks: due retries first, then the list.

local function taking_needs(id)
  needs('HDEL', failed)
  needs('LRANGE', pending)
  needs('HGET', failed)
  needs('ZADD', leases)
  needs('HSET', owners)
  needs('RPUSH', claim_prefix .. id)
  needs('ZREM', delayed)
  needs('ZSCORE', delayed)
  needs('LTRIM', pending)
  postponing_needs()
end

-- What somebody has put among the delayed tasks by ZADD alone, and whether it is due. A time in
-- seconds, which in ms would be one of 1970 to 1973, is made one in ms. An id of ours whose record
-- is lost is no payload.
local ours = '^' .. string.rep('%x', 16) .. '%.%w+%.%d+%-%d+$'

local function is_foreign(member, now)
  if string.match(member, ours) then
    redis.call('ZREM', delayed, member)
    return false
  end
  local at = tonumber(redis.call('ZSCORE', delayed, member))
  if at >= 1e9 and at < 1e11 and at * 1000 > now then
    redis.call('ZADD', delayed, 'XX', string.format('%.0f', at * 1000), member)
    return false
  end
  return true
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
  local ids, answer, bytes, foreign = {}, {}, 0, {}
  for _, task in ipairs(redis.call('ZRANGEBYSCORE', delayed, '-inf', now, 'LIMIT', 0, want)) do
    local text = redis.call('HGET', failed, task)
    local member = not text and is_foreign(task, now) and task
    if member then
      task, text = string.format('%s-%d', id, #ids), untried(member, now)
    end
    if text then
      local suspect = has_crashed(text)
      bytes = bytes + #text
      if #ids > 0 and (suspect or bytes > max_bytes) then
        break
      end
      if member then
        redis.call('HSET', failed, task, text)
        foreign[#foreign + 1] = member
      end
      ids[#ids + 1] = task
      answer[#answer + 1] = task
      answer[#answer + 1] = text
      if suspect then
        break
      end
    end
  end
  if #ids > 0 then
    lease(id, 'r', ids, worker, lease_ms, now)
    call_with('ZREM', delayed, ids, 1, #ids)
    if #foreign > 0 then
      call_with('ZREM', delayed, foreign, 1, #foreign)
    end
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
    local payload = text and read_record(text).payload or (is_foreign(task, now) and task)
    if payload then
      bytes = bytes + (text and #text or #payload)
      if #items > 0 and bytes > max_bytes then
        break
      end
      ids[#ids + 1] = task
      items[#items + 1] = payload
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
