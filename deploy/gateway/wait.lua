-- Holds a request until a replica of its service takes requests, for half a minute at most.
core.register_action("wait_for_replica", { "http-req" }, function(txn)
  local backend = core.backends[txn:get_var("txn.service")]
  for _ = 1, 300 do
    if backend:get_srv_act() > 0 then
      return
    end
    core.msleep(100)
  end
end, 0)
