-- Removes every task, claim, dead letter and count, and the results where ARGV[2] is 'results'. The
-- epoch stays, so that running workers find the queue drained.
local removed = { redis.call('LLEN', pending), redis.call('ZCARD', delayed), 0, redis.call('ZCARD', dead) }
for _, id in ipairs(redis.call('ZRANGE', leases, 0, -1)) do
  removed[3] = removed[3] + redis.call('LLEN', claim_prefix .. id)
  redis.call('UNLINK', claim_prefix .. id)
end
redis.call('UNLINK', pending, leases, owners, delayed, dead, failed, counts, unique_key)
if ARGV[2] == 'results' then
  redis.call('UNLINK', results)
end
return removed
