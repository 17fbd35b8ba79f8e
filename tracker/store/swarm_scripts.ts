// What a shared store is asked besides announces: a swarm's counts, and its peers for the admin page. The keys are those
// of announce_script.ts; a download that a browser has completed is counted, a peer dropped, nothing else changes. https://www.bittorrent.org/beps/bep_0048.html

import { RECORDS } from "./announce_script.ts";
import type { StoreScript } from "./store_link.ts";

/** Arguments: now, timeout. Reply: complete, incomplete, completed, partial seeds. */
export const SCRAPE: StoreScript = {
  name: "scrape",
  text: `
local alive = '(' .. (tonumber(ARGV[1]) - tonumber(ARGV[2]))
local function count(set) return redis.call('ZCOUNT', KEYS[set], alive, '+inf') end
return {count(1) + count(3), count(2) + count(4), tonumber(redis.call('HGET', KEYS[8], 'c') or 0), count(5)}
`,
};

/** Counts one more download, of a peer that isn't in the store. Argument: ms to keep the count of an empty swarm. */
export const COUNT_COMPLETED: StoreScript = {
  name: "count completed",
  text: `
local completed = redis.call('HINCRBY', KEYS[8], 'c', 1)
if redis.call('PTTL', KEYS[8]) < 0 then redis.call('PEXPIRE', KEYS[8], tonumber(ARGV[1])) end
return completed
`,
};

/**
 * Arguments: now, timeout, how many at most. Reply: endpoint, record, endpoint, record…; leechers first, those that
 * announced last before the others.
 */
export const PEERS: StoreScript = {
  name: "peers",
  text: `
local alive = '(' .. (tonumber(ARGV[1]) - tonumber(ARGV[2]))
local most = tonumber(ARGV[3])
local rows = {}
for _, set in ipairs({2, 4, 1, 3}) do
  local left = most - #rows / 2
  if left > 0 then
    local endpoints = redis.call('ZREVRANGEBYSCORE', KEYS[set], '+inf', alive, 'LIMIT', 0, left)
    for from = 1, #endpoints, 500 do
      local to = math.min(from + 499, #endpoints)
      local records = redis.call('HMGET', KEYS[6], unpack(endpoints, from, to))
      for i = from, to do
        local record = records[i - from + 1]
        if record then rows[#rows + 1] = endpoints[i]; rows[#rows + 1] = record end
      end
    end
  end
end
return rows
`,
};

/** Forgets a peer. Argument: its address and port. Reply: whether it was there, 1 or 0. */
export const DROP: StoreScript = {
  name: "drop",
  text: `
local d, p, k = KEYS[5], KEYS[6], KEYS[7]
${RECORDS}
local peer = read(ARGV[1])
forget(ARGV[1], peer)
return peer and 1 or 0
`,
};
