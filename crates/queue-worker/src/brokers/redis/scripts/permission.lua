-- Redis does not undo a script that it refuses a command in the middle. So a script asks for every
-- command that it may come to, with its key, before its first write: what is refused then has
-- changed nothing. `redis.acl_check_cmd` is there from Redis 7 on; an older server is not asked.
local may = redis.acl_check_cmd

local function needs(command, key)
  if may and not may(command, key) then
    -- The words are Redis' own, which the worker knows: is it the key, or the command?
    if may(command, KEYS[1]) then
      error({ err = 'NOPERM No permissions to access a key' })
    end
    error({ err = "NOPERM this user has no permissions to run the '"
      .. string.lower(command) .. "' command" })
  end
end

