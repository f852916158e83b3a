-- The record of a task that has failed: one line of numbers and words, the last error, the payload.
-- record.rs reads it; whoever changes one of the two changes both.
local record_line = '%d %d %.0f %.0f %s %s %d\n'
local record_pattern = '^(%d+) (%d+) (%d+) (%d+) (%S+) (%S+) (%d+)\n()'

local function write_record(record)
  return table.concat({
    string.format(record_line, record.failures, record.crashes, record.first_seen,
      record.last_seen, record.reason, record.worker, #record.error),
    record.error, record.payload })
end

local function read_record(text)
  local failures, crashes, first_seen, last_seen, reason, worker, length, error_at =
    string.match(text, record_pattern)
  return {
    failures = tonumber(failures), crashes = tonumber(crashes), first_seen = tonumber(first_seen),
    last_seen = tonumber(last_seen), reason = reason, worker = worker,
    error = string.sub(text, error_at, error_at + length - 1),
    payload = string.sub(text, error_at + length) }
end

-- Whether a worker has crashed with the task in hand.
local function has_crashed(text)
  local _, crashes = string.match(text, record_pattern)
  return crashes ~= '0'
end
