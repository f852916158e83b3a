-- Giving back the claims whose lease has run out.

local function expired_claims(now)
  return redis.call('ZRANGEBYSCORE', leases, '-inf', now, 'LIMIT', 0, 16)
end

local function recovering_needs(expired)
  for _, id in ipairs(expired) do
    local key = claim_prefix .. id
    needs('LRANGE', key)
    needs('HGET', failed)
    needs('HSET', failed)
    needs('ZADD', delayed)
    dropping_needs({ key = key })
    needs('HINCRBY', counts)
  end
end

-- Claims whose lease has run out are given back: each of their tasks becomes a retried one with one
-- more crash, due at once, or a dead letter at `max_crashes`. Whole claims, until `budget` tasks.
-- Tasks of a delivery at most once ('o') are gone. Returns the ids of the tasks that became dead
-- letters and the number of those that are gone: only the caller of this step learns of them.
local function recover(expired, now, budget, max_crashes)
  local recovered, buried, gone = 0, {}, 0
  for _, id in ipairs(expired) do
    if recovered >= budget then
      break
    end
    local claim = read_claim(id)
    if claim and claim.kind == 'o' then
      gone = gone + claim.length
      forget_cancelled(claim, claim.length)
      drop_claim(claim)
    elseif claim then
      for i, item in ipairs(redis.call('LRANGE', claim.key, 0, -1)) do
        local task, record = open_task(claim, i - 1, item, now)
        if record and is_cancelled(task) then
          record.crashes = record.crashes + 1
          record.worker = claim.worker
          bury_cancelled(task, record, now)
        elseif record then
          record.crashes = record.crashes + 1
          record.last_seen, record.worker = now, claim.worker
          record.error = 'the lease ran out: the worker crashed, hung or was cut off'
          record.reason = record.crashes >= max_crashes and 'crashes' or '-'
          redis.call('HSET', failed, task, write_record(record))
          if record.crashes >= max_crashes then
            buried[#buried + 1] = task
            redis.call('ZADD', dead, now, task)
          else
            redis.call('ZADD', delayed, now, task)
          end
        end
      end
      recovered = recovered + claim.length
      drop_claim(claim)
    else
      redis.call('ZREM', leases, id)
    end
  end
  if gone > 0 then
    redis.call('HINCRBY', counts, 'gone', gone)
  end
  if recovered > 0 then
    redis.call('HINCRBY', counts, 'crashed', recovered)
  end
  if #buried > 0 then
    redis.call('HINCRBY', counts, 'dead', #buried)
  end
  return buried, gone
end
