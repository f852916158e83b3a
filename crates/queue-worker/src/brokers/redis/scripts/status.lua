-- The whole queue at one instant.
--
-- KEYS: those that keys.lua names, and {NAME}:claim:ID of each claim.
-- ARGV: the claims' prefix (keys.lua), and:
local listed = tonumber(ARGV[2]) -- claims that are listed at most, those that expire first
-- Returns { now in ms, epoch or '', pending, delayed, tasks in claims, claims, dead letters,
--   results, the first due time or -1, the counts as names and numbers in turn, the claims as { id,
--   expiry, owner, tasks }, ms until the queue is forgotten or a negative number, tasks missing,
--   the moment since which it is paused or -1 }.
local claims = {}
local in_claims = 0
local all = redis.call('ZRANGE', leases, 0, -1, 'WITHSCORES')
for i = 1, #all, 2 do
  local length = redis.call('LLEN', claim_prefix .. all[i])
  in_claims = in_claims + length
  if #claims < listed then
    claims[#claims + 1] = { all[i], all[i + 1], redis.call('HGET', owners, all[i]) or '', length }
  end
end
local kind = redis.call('TYPE', results).ok
local stored = 0
if kind == 'list' then
  stored = redis.call('LLEN', results)
elseif kind == 'stream' then
  stored = redis.call('XLEN', results)
end
local pending_count, delayed_count = redis.call('LLEN', pending), redis.call('ZCARD', delayed)
return { string.format('%.0f', now_ms()), redis.call('GET', epoch_key) or '',
  pending_count, delayed_count, in_claims, #all / 2, redis.call('ZCARD', dead), stored,
  redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2] or '-1',
  redis.call('HGETALL', counts), claims, time_left(),
  missing_tasks(pending_count + delayed_count + in_claims), redis.call('GET', paused_key) or '-1' }
