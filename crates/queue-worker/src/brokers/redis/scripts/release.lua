-- Handing back the tasks of a claim that were not begun.

local function releasing_needs(claim, keep)
  needs('LRANGE', claim.key)
  needs(claim.kind == 'r' and 'ZADD' or 'LPUSH', claim.kind == 'r' and delayed or pending)
  if keep == 0 then
    dropping_needs(claim)
  else
    needs('HSET', owners)
    needs('LTRIM', claim.key)
  end
end

-- The items without those that were cancelled, which are dead letters, or gone where tasks are
-- given out at most once.
local function without_cancelled(claim, items, keep, now)
  local left = {}
  for i, item in ipairs(items) do
    local id, record = open_task(claim, keep + i - 1, item, now)
    if not is_cancelled(id) then
      left[#left + 1] = item
    elseif claim.kind == 'o' then
      redis.call('HINCRBY', counts, 'gone', 1)
      redis.call('SREM', cancelled_key, id)
    elseif record then
      bury_cancelled(id, record, now)
    end
  end
  return left
end

-- All tasks of a claim but the first `keep` go back to where they came from, first in line and
-- without a counted attempt.
local function release(claim, keep, now)
  local returned = claim.length - keep
  if returned <= 0 then
    return 0
  end
  local items = redis.call('LRANGE', claim.key, keep, -1)
  if has_cancelled then
    items = without_cancelled(claim, items, keep, now)
  end
  if claim.kind == 'r' then
    for _, id in ipairs(items) do
      redis.call('ZADD', delayed, 0, id)
    end
  else
    local reversed = {}
    for i = #items, 1, -1 do
      reversed[#reversed + 1] = items[i]
    end
    call_with('LPUSH', pending, reversed, 1, #reversed)
  end
  if keep == 0 then
    drop_claim(claim)
  else
    local size = claim.size - returned
    redis.call('HSET', owners, claim.id,
      (string.gsub(claim.owner, '^(%a) %d+ ', '%1 ' .. size .. ' ')))
    redis.call('LTRIM', claim.key, 0, keep - 1)
    claim.size = size
  end
  claim.length = keep
  return returned
end
