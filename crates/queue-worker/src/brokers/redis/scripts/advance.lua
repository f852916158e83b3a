-- One step of a worker's lane: settles the claim in hand, gives back what it will not do, and takes
-- the next, in one round trip.
--
-- KEYS: those that keys.lua names, and {NAME}:claim:ID of each claim that is touched.
-- ARGV: the claims' prefix (keys.lua), those named below, then four for each failure (the place in
--   the claim; ms until it is due again, -1 for never; one word; the error), then the results.
-- Returns { 'vanished' } when the queue is not the one that the caller has seen, { 'absent' } when
--   there is none, { 'superseded' } when a later call of the lane was executed before this one, or
--   { 'ok', whether the claim was still the caller's own (1 or 0), epoch, now in ms, pending,
--   delayed, claims, dead letters, the first lease's end or -1, the first due time or -1, ids of
--   the dead letters made by crashes, tasks gone with a dead worker, tasks missing, whether the
--   queue is paused (1 or 0), when the rate lets another task go in ms or -1, kind, tasks }:
--   of kind 'r' ids and records in turn, else payloads.
local sequence = tonumber(ARGV[2])        -- the call's number among those of its lane
local worker = ARGV[3]                    -- the name that status shows
local expected_epoch = ARGV[4]            -- the queue as the caller has seen it, '' at first
local new_epoch = ARGV[5]                 -- what to make the epoch where there is none
local old_id = ARGV[6]                    -- the claim to settle, '' for none
local held = tonumber(ARGV[7])            -- tasks that the caller believes it to have
local over = tonumber(ARGV[8])            -- so many of them, from the first, are over
local keep = tonumber(ARGV[9])            -- so many of the others stay in hand, -1 for all
local mode = ARGV[10]                     -- where results go: 'list', 'stream' or 'none'
local result_limit = tonumber(ARGV[11])   -- the newest results that are kept, 0 for all
local result_ttl_ms = tonumber(ARGV[12])  -- ms after which the results are forgotten, 0 for never
local new_id = ARGV[13]                   -- the claim to make, '' for none
local want = tonumber(ARGV[14])           -- tasks in it at most
local max_bytes = tonumber(ARGV[15])      -- bytes in it at most, unless one task is larger
local lease_ms = tonumber(ARGV[16])       -- the length of its lease
local limit = tonumber(ARGV[17])          -- tasks in hand at most, over all workers; 0 for no limit
local max_crashes = tonumber(ARGV[18])    -- crashes at which a task is dead
local call_ttl_ms = tonumber(ARGV[19])    -- how long this call is remembered
local recover_budget = tonumber(ARGV[20]) -- expired claims are given back until so many tasks
local once = ARGV[21] == 'once'           -- tasks are given out at most once
local forget_ms = tonumber(ARGV[22])      -- ms after which a drained queue is forgotten, or 0
local interval = tonumber(ARGV[23])       -- µs between two tasks that are given out, 0 for none
local failure_count = tonumber(ARGV[24])
local first_failure = 25
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
local is_paused = redis.call('GET', paused_key)
local claim, expired = nil, {}
if sequence > last_sequence then
  claim, expired = old_id ~= '' and read_claim(old_id), expired_claims(now)
  -- A claim of another length is from before a step that this Redis has forgotten; its lease runs
  -- out.
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
  cancelling_needs()
  if new_id ~= '' and want > 0 then
    taking_needs(new_id)
    if interval > 0 then
      needs('SET', rate_key)
    end
  end
end

open_for_writing()
if not epoch then
  epoch = new_epoch
  redis.call('SET', epoch_key, epoch)
end

local settled, kind, items = last_settled, 'f', {}
local buried, gone = last_buried, last_gone
local next_token = '-1'
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
      -- Nobody else is ever given these tasks, so the results count also when the lease has run
      -- out.
      store_results(mode, result_limit, result_ttl_ms, first_result, #ARGV)
      acknowledge_once(claim, over, failure_count)
      if claim and keep >= 0 then
        release(claim, keep, now)
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
        release(claim, keep, now)
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
  if new_id ~= '' and not is_paused then
    if limit > 0 then
      want = math.min(want, limit - in_hand())
    end
    local at, has, full
    if interval > 0 and want > 0 then
      at = now_us()
      has, full = tokens(interval, at)
      if has == 0 then
        next_token = string.format('%.0f', math.ceil((full + interval - bucket(interval)) / 1000))
      end
      want = math.min(want, has)
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
    if interval > 0 and #items > 0 then
      spend(kind == 'r' and #items / 2 or #items, interval, full, at)
    end
  end
end

local pending_count, delayed_count = redis.call('LLEN', pending), redis.call('ZCARD', delayed)
local claim_count = redis.call('ZCARD', leases)
if forget_ms > 0 and not is_paused and pending_count + delayed_count + claim_count == 0 then
  forget(forget_ms, left, now)
else
  remember(left)
end
local next_expiry = redis.call('ZRANGE', leases, 0, 0, 'WITHSCORES')[2] or '-1'
local next_due = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2] or '-1'
local missing = 0
if pending_count + delayed_count + claim_count == 0 then
  missing = missing_tasks(0)
end
return { 'ok', settled, epoch, string.format('%.0f', now), pending_count,
  delayed_count, claim_count, redis.call('ZCARD', dead),
  next_expiry, next_due, buried, gone, missing, is_paused and 1 or 0, next_token, kind, items }
