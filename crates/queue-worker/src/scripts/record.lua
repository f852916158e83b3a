-- A task that has failed: one line of numbers and words, the last error, the payload.
local function write_record(record)
  return table.concat({
    string.format('%d %d %.0f %.0f %s %s %d\n', record.failures, record.crashes, record.first_seen,
      record.last_seen, record.reason, record.worker, #record.error),
    record.error, record.payload })
end

local function read_record(text)
  local line = string.find(text, '\n', 1, true)
  local failures, crashes, first_seen, last_seen, reason, worker, length =
    string.match(string.sub(text, 1, line - 1), '^(%d+) (%d+) (%d+) (%d+) (%S+) (%S+) (%d+)$')
  return {
    failures = tonumber(failures), crashes = tonumber(crashes), first_seen = tonumber(first_seen),
    last_seen = tonumber(last_seen), reason = reason, worker = worker,
    error = string.sub(text, line + 1, line + length),
    payload = string.sub(text, line + length + 1) }
end
