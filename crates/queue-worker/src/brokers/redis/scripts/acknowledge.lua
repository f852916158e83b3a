-- Settling a claim: results are stored, failures recorded, and the tasks leave the claim.

local function storing_needs(mode, limit, ttl_ms)
  if mode == 'stream' then
    needs('XADD', results)
  else
    needs('RPUSH', results)
    if limit > 0 then
      needs('LTRIM', results)
    end
  end
  if ttl_ms > 0 then
    needs('PEXPIRE', results)
  end
end

local function acknowledging_needs(claim, over, failure_count)
  if failure_count > 0 then
    needs('LINDEX', claim.key)
    needs('HGET', failed)
    needs('HSET', failed)
    needs('ZADD', dead)
  end
  if claim.kind == 'r' then
    needs('LRANGE', claim.key)
    needs('HDEL', failed)
  end
  if over >= claim.length then
    dropping_needs(claim)
  else
    needs('LTRIM', claim.key)
  end
end

-- The first `over` tasks of a claim are over. Their results are stored, failed ones are kept for
-- later or for the dead letters, and all are removed from the claim, last of all.
local function store_results(mode, limit, ttl_ms, first, last)
  if last < first then
    return
  end
  if mode == 'stream' then
    for i = first, last do
      if limit > 0 and i == last then
        -- Exactly, as with a list; once for all of them.
        redis.call('XADD', results, 'MAXLEN', limit, '*', 'result', ARGV[i])
      else
        redis.call('XADD', results, '*', 'result', ARGV[i])
      end
    end
  else
    call_with('RPUSH', results, ARGV, first, last)
    if limit > 0 then
      redis.call('LTRIM', results, -limit, -1)
    end
  end
  if ttl_ms > 0 then
    redis.call('PEXPIRE', results, ttl_ms)
  end
end

-- `failures`: place -> { delay in ms or -1 for dead, reason, error }.
local function settle_failures(claim, failures, now)
  local dead_letters = 0
  for place, failure in pairs(failures) do
    local item = redis.call('LINDEX', claim.key, place)
    local id, record = open_task(claim, place, item, now)
    if record then
      record.failures = record.failures + 1
      record.last_seen, record.worker, record.error = now, claim.worker, failure.error
      record.reason = failure.reason
      local is_over = is_cancelled(id)
      if is_over then
        record.reason = 'cancelled'
      end
      redis.call('HSET', failed, id, write_record(record))
      if failure.delay >= 0 and not is_over then
        redis.call('ZADD', delayed, now + failure.delay, id)
      else
        dead_letters = dead_letters + 1
        redis.call('ZADD', dead, now, id)
      end
    end
  end
  return dead_letters
end

-- The same for a delivery at most once: a task that failed is gone, and so is the claim when its
-- lease has run out.
local function acknowledge_once(claim, over, failure_count)
  if over > failure_count then
    redis.call('HINCRBY', counts, 'done', over - failure_count)
  end
  if failure_count > 0 then
    redis.call('HINCRBY', counts, 'gone', failure_count)
  end
  if claim then
    forget_cancelled(claim, over)
  end
  if claim and over >= claim.length then
    drop_claim(claim)
  elseif claim and over > 0 then
    redis.call('LTRIM', claim.key, over, -1)
  end
  if claim then
    claim.length = claim.length - over
  end
end

local function acknowledge(claim, over, failures, failure_count, now)
  if over == 0 then
    return
  end
  local dead_letters = settle_failures(claim, failures, now)
  if claim.kind == 'r' and failure_count < over then
    for place, id in ipairs(redis.call('LRANGE', claim.key, 0, over - 1)) do
      if not failures[place - 1] then
        redis.call('HDEL', failed, id)
      end
    end
  end
  forget_cancelled(claim, over)
  if over > failure_count then
    redis.call('HINCRBY', counts, 'done', over - failure_count)
  end
  if failure_count > dead_letters then
    redis.call('HINCRBY', counts, 'retried', failure_count - dead_letters)
  end
  if dead_letters > 0 then
    redis.call('HINCRBY', counts, 'dead', dead_letters)
  end
  if over >= claim.length then
    drop_claim(claim)
  else
    redis.call('LTRIM', claim.key, over, -1)
  end
  claim.length = claim.length - over
end
