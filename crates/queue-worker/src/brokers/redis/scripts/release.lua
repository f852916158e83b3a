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

-- All tasks of a claim but the first `keep` go back to where they came from, first in line and
-- without a counted attempt.
local function release(claim, keep)
  local returned = claim.length - keep
  if returned <= 0 then
    return 0
  end
  local items = redis.call('LRANGE', claim.key, keep, -1)
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
