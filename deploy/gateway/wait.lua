-- Holds a request until a replica of its service takes requests, for a minute at most. A replica that has just been found counts
-- as one that does until two checks have failed, so it must have been one for three seconds.
core.register_action("wait_for_replica", { "http-req" }, function(txn)
  local backend = core.backends[txn:get_var("txn.service")]
  local steady = 0
  for _ = 1, 600 do
    steady = backend:get_srv_act() > 0 and steady + 1 or 0
    if steady == 30 then
      return
    end
    core.msleep(100)
  end
end, 0)
