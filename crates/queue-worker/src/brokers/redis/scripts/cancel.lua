-- Cancels a task: one that waits for its time or its next attempt is a dead letter at once, and of
-- one in hand its worker is told when it renews its lease.
--
-- KEYS: those that keys.lua names, and {NAME}:claim:ID of each claim.
-- ARGV: the claims' prefix (keys.lua), and:
local id = ARGV[2] -- the task's
-- Returns { 'waited' }, { 'in hand', its worker }, { 'dead' } where it is a dead letter already, or
--   { 'unknown' } where no task that waits or is in hand has this id.
if redis.call('ZSCORE', dead, id) then
  return { 'dead' }
end

local text = redis.call('HGET', failed, id)
if text and redis.call('ZSCORE', delayed, id) then
  needs('HSET', failed)
  needs('ZADD', dead)
  needs('HINCRBY', counts)
  needs('ZREM', delayed)
  needs('SREM', cancelled_key)
  open_for_writing()
  bury_cancelled(id, read_record(text), now_ms())
  redis.call('ZREM', delayed, id)
  return { 'waited' }
end

local function in_hand(claim)
  needs('SADD', cancelled_key)
  open_for_writing()
  redis.call('SADD', cancelled_key, id)
  return { 'in hand', claim.worker }
end

-- The id of a task that has never failed is that of its claim and its place in it.
local claim_id, place = string.match(id, '^(.+)%-(%d+)$')
local its = claim_id and read_claim(claim_id)
if its and its.kind ~= 'r' then
  local first = its.size - its.length
  if tonumber(place) >= first and tonumber(place) < its.size then
    return in_hand(its)
  end
end
if text then
  for _, other in ipairs(redis.call('ZRANGE', leases, 0, -1)) do
    local claim = read_claim(other)
    if claim and claim.kind == 'r' and redis.call('LPOS', claim.key, id) then
      return in_hand(claim)
    end
  end
end
return { 'unknown' }
