-- What is known of a claim: its kind ('f' fresh payloads, 'r' ids of retried tasks, 'o' payloads of
-- a delivery at most once), the number of tasks it was made with, its worker. Nil when it is over
-- or was given back.
local function read_claim(id)
  local owner = redis.call('HGET', owners, id)
  if not owner then
    return nil
  end
  local kind, size, worker = string.match(owner, '^(%a) (%d+) (%S+) %d+$')
  local key = claim_prefix .. id
  local length = redis.call('LLEN', key)
  return { id = id, key = key, kind = kind, size = tonumber(size), worker = worker, length = length,
    owner = owner }
end

local function dropping_needs(claim)
  needs('HDEL', owners)
  needs('ZREM', leases)
  needs('DEL', claim.key)
end

local function drop_claim(claim)
  redis.call('HDEL', owners, claim.id)
  redis.call('ZREM', leases, claim.id)
  redis.call('DEL', claim.key)
end

-- Id and record of the task at a place of the claim, counted from the first that is left.
local function open_task(claim, place, item, now)
  if claim.kind == 'r' then
    local text = redis.call('HGET', failed, item)
    return item, text and read_record(text)
  end
  local id = string.format('%s-%d', claim.id, claim.size - claim.length + place)
  return id, { failures = 0, crashes = 0, first_seen = now, last_seen = now, reason = '-',
    worker = claim.worker, error = '', payload = item }
end
