-- Removes every task, claim, dead letter, count and unique key, and how far named pushes have come.
-- The epoch stays, so that running workers find the queue drained; so does a pause.
--
-- KEYS: those that keys.lua names, and {NAME}:claim:ID of each claim.
-- ARGV: the claims' prefix (keys.lua), and:
local also = ARGV[2] -- 'results' to remove the results too
-- Returns how many tasks were removed: { pending, delayed, in claims, dead letters }.
local removed = { redis.call('LLEN', pending), redis.call('ZCARD', delayed), 0,
  redis.call('ZCARD', dead) }
for _, id in ipairs(redis.call('ZRANGE', leases, 0, -1)) do
  removed[3] = removed[3] + redis.call('LLEN', claim_prefix .. id)
  redis.call('UNLINK', claim_prefix .. id)
end
redis.call('UNLINK', pending, leases, owners, delayed, dead, failed, counts, unique_key, pushes,
  rate_key, cancelled_key, unique_by_key)
if also == 'results' then
  redis.call('UNLINK', results)
end
return removed
