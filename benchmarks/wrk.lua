-- Sends the requests of a file by turns, each as it stands there; they are parted by a NUL. What was measured goes to
-- the standard output as JSON behind a line that says so.
local requests, turn = {}, 0

function init(args)
  local file = io.open(args[1], "rb")
  for each in file:read("*a"):gmatch("[^%z]+") do requests[#requests + 1] = each end
  file:close()
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\nmeasured {"requests": %d, "seconds": %.6f, "median": %.6f, "p99": %.6f, "bad": %d, "broken": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
