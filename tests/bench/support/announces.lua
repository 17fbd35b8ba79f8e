-- What wrk asks a tracker: -- FIRST PEERS SWARMS STEP. Announces are of PEERS peers from number FIRST on, every STEP-th in
-- turn, in SWARMS swarms. Whole requests are put together from prepared parts: the load must be faster than what it
-- measures, and wrk.format() is not.
local first, peers, swarms, step
local count = 0
local heads, ends, tail = {}, {}, ""

function init(args)
  first, peers, swarms, step = tonumber(args[1]), tonumber(args[2]), tonumber(args[3]), tonumber(args[4])
  for i = 0, swarms - 1 do
    local hash = { string.format("%%%02x%%%02x%%%02x", i % 256, math.floor(i / 256) % 256, math.floor(i / 65536)) }
    for j = 3, 19 do hash[j - 1] = string.format("%%%02x", (i * 7 + j * 31) % 256) end
    heads[i] = "GET /announce?info_hash=" .. table.concat(hash) .. "&peer_id=-SE0100-"
  end
  for i = 0, 3 do
    ends[i] = "&uploaded=0&downloaded=0&left=" .. (i == 0 and 0 or 1000) .. "&compact=1&numwant=50&key="
  end
  tail = " HTTP/1.1\r\n"
  for name, value in pairs(wrk.headers) do tail = tail .. name .. ": " .. value .. "\r\n" end
  tail = tail .. "\r\n"
end

function request()
  local n = first + count * step % peers
  local inSwarm = math.floor(n / swarms)
  count = count + 1
  return heads[n % swarms] .. (100000000000 + n) .. "&port=" .. (1024 + inSwarm % 60000) ..
    ends[inSwarm % 4] .. n .. tail
end
