-- One step of a worker's lane: settle the claim in hand, give back what it will not do, take the next.
local sequence, worker, expected_epoch, new_epoch = tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5]
local old_id, held, over, keep = ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local mode, result_limit, result_ttl_ms = ARGV[10], tonumber(ARGV[11]), tonumber(ARGV[12])
local new_id, want, max_bytes = ARGV[13], tonumber(ARGV[14]), tonumber(ARGV[15])
local lease_ms, limit, max_crashes = tonumber(ARGV[16]), tonumber(ARGV[17]), tonumber(ARGV[18])
local call_ttl_ms, recover_budget = tonumber(ARGV[19]), tonumber(ARGV[20])
local once, forget_ms = ARGV[21] == 'once', tonumber(ARGV[22])
local failure_count = tonumber(ARGV[23])
local first_failure = 24
local first_result = first_failure + 4 * failure_count

local epoch = redis.call('GET', epoch_key)
if expected_epoch ~= '' and epoch ~= expected_epoch then
  return { 'vanished' }
end
if not epoch and not has_tasks() then
  return { 'absent' }
end

-- What was answered to the lane's last call: whether what it settled was its own, how many tasks
-- were found to be gone, and which became dead letters. Earlier versions wrote the first alone.
local last_sequence, last_settled, last_gone, last_buried = -1, 0, 0, {}
local last_call = redis.call('GET', call_key)
if last_call then
  local number, own, gone_then, ids = string.match(last_call, '^(%d+) (%d) ?(%d*) ?(.*)$')
  last_sequence, last_settled = tonumber(number), tonumber(own)
  last_gone = tonumber(gone_then) or 0
  for id in string.gmatch(ids, '%S+') do
    last_buried[#last_buried + 1] = id
  end
end
if sequence < last_sequence then
  return { 'superseded' }
end

local now, left = now_ms(), time_left()
local claim, expired = nil, {}
if sequence > last_sequence then
  claim, expired = old_id ~= '' and read_claim(old_id), expired_claims(now)
  -- A claim of another length is from before a step that this Redis has forgotten; its lease runs out.
  if claim and claim.length ~= held then
    claim = nil
  end
  needs('SET', call_key)
  needs('LLEN', pending)
  needs('ZCARD', delayed)
  needs('ZRANGE', leases)
  remembering_needs(left)
  if forget_ms > 0 then
    needs('PEXPIREAT', epoch_key)
  end
  if over > 0 then
    needs('HINCRBY', counts)
  end
  if (claim or once) and first_result <= #ARGV then
    storing_needs(mode, result_limit, result_ttl_ms)
  end
  if claim then
    if over > 0 then
      acknowledging_needs(claim, over, failure_count)
    end
    if keep >= 0 and held - over > keep then
      releasing_needs(claim, keep)
    end
  end
  recovering_needs(expired)
  if new_id ~= '' and want > 0 then
    taking_needs(new_id)
  end
end

open_for_writing()
if not epoch then
  epoch = new_epoch
  redis.call('SET', epoch_key, epoch)
end

local settled, kind, items = last_settled, 'f', {}
local buried, gone = last_buried, last_gone
if sequence == last_sequence then
  -- Executed before, the answer was lost: the same answer, as far as the claim is still there.
  local claim = new_id ~= '' and read_claim(new_id)
  if claim then
    kind, items = claim.kind, redis.call('LRANGE', claim.key, 0, -1)
    if kind == 'r' then
      local answer = {}
      for _, id in ipairs(items) do
        answer[#answer + 1] = id
        answer[#answer + 1] = redis.call('HGET', failed, id)
      end
      items = answer
    end
  end
else
  settled = 1
  if old_id ~= '' then
    if once then
      -- Nobody else is ever given these tasks, so the results count also when the lease has run out.
      store_results(mode, result_limit, result_ttl_ms, first_result, #ARGV)
      acknowledge_once(claim, over, failure_count)
      if claim and keep >= 0 then
        release(claim, keep)
      end
    elseif claim then
      local failures = {}
      for i = 0, failure_count - 1 do
        local at = first_failure + 4 * i
        failures[tonumber(ARGV[at])] =
          { delay = tonumber(ARGV[at + 1]), reason = ARGV[at + 2], error = ARGV[at + 3] }
      end
      store_results(mode, result_limit, result_ttl_ms, first_result, #ARGV)
      acknowledge(claim, over, failures, failure_count, now)
      if keep >= 0 then
        release(claim, keep)
      end
    else
      settled = 0
      if over > 0 then
        redis.call('HINCRBY', counts, 'stale', over)
      end
    end
  end
  redis.call('SET', call_key, string.format('%d %d', sequence, settled), 'PX', call_ttl_ms)
  buried, gone = recover(expired, now, recover_budget, max_crashes)
  if gone + #buried > 0 then
    local answer = { string.format('%d %d %d', sequence, settled, gone), table.concat(buried, ' ') }
    redis.call('SET', call_key, table.concat(answer, ' '), 'PX', call_ttl_ms)
  end
  if new_id ~= '' then
    if limit > 0 then
      want = math.min(want, limit - in_hand())
    end
    if want > 0 and once then
      kind, items = 'o', take_once(new_id, want, max_bytes, worker, lease_ms, now)
    elseif want > 0 then
      items = take_due(new_id, want, max_bytes, worker, lease_ms, now)
      if #items > 0 then
        kind = 'r'
      else
        items = take_pending(new_id, want, max_bytes, worker, lease_ms, now)
      end
    end
  end
end

local pending_count, delayed_count = redis.call('LLEN', pending), redis.call('ZCARD', delayed)
local claim_count = redis.call('ZCARD', leases)
if forget_ms > 0 and pending_count + delayed_count + claim_count == 0 then
  forget(forget_ms, left, now)
else
  remember(left)
end
local next_expiry = redis.call('ZRANGE', leases, 0, 0, 'WITHSCORES')[2] or '-1'
local next_due = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2] or '-1'
local missing = 0
if pending_count + delayed_count + claim_count == 0 then
  missing = missing_tasks()
end
return { 'ok', settled, epoch, string.format('%.0f', now), pending_count,
  delayed_count, claim_count, redis.call('ZCARD', dead),
  next_expiry, next_due, buried, gone, missing, kind, items }
