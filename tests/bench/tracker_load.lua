-- wrk asks for this: announces over 1,000 swarms, of ever new peers or of as many as the number after "--" says.
local count = 0
local peers = 1e12
local hashes = {}

function init(args)
  if args[1] then peers = tonumber(args[1]) end
  for i = 0, 999 do
    local hash = { string.format("%%%02x%%%02x", i % 256, math.floor(i / 256)) }
    for j = 2, 19 do hash[j] = string.format("%%%02x", (i * 7 + j * 31) % 256) end
    hashes[i] = table.concat(hash)
  end
end

function request()
  count = count % peers + 1
  local left = count % 4 == 0 and 0 or 1000
  return wrk.format("GET", "/announce?info_hash=" .. hashes[count % 1000] .. "&peer_id=-SE0100-" ..
    string.format("%012d", count) .. "&port=" .. (1024 + math.floor(count / 1000) % 60000) ..
    "&uploaded=0&downloaded=0&left=" .. left .. "&compact=1&numwant=50&event=started&key=" .. string.format("%08x", count))
end
