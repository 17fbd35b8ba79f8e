// What a shared store knows of all its swarms together: how many peers there are, and which swarms were announced last.
// Trackers tell it once a second of the swarms that they have answered for, since a script may touch the keys of one
// swarm or of the registry, not of both, where the store is a cluster. Nothing here ever walks through all swarms.
//
//   active    sorted set: info hash by when it was last announced
//   counts    hash: info hash → "seeders leechers", as the last announce found them
//   totals    hash: `s` seeders, `l` leechers: the sums of those counts
//   browsers  hash: tracker → "peers in browsers, when it said so": nobody else has their connections
//   timeouts  hash: ms for which some tracker lets peers be silent → when one last said so
//   secret    text: what trackers of one store have in common (20 random bytes)

import type { StoreScript } from "./store_link.ts";

/** Keys of the registry, and what the scripts call them. */
export const REGISTRY_NAMES = ["active", "counts", "totals", "browsers", "timeouts"] as const;

/** Swarms in which nobody has announced for so long that their peers are gone: taken out by each call, at most. */
const SWEPT = 200;

/** A tracker that has said nothing for so many ms has ended without a word, and its browsers' connections with it. */
const TRACKER_SILENT_MS = 10_000;

/**
 * The first question on each connection. Keys: the secret, the timeouts. Argument: ours, taken if there is none yet.
 * It writes, so that a store which takes nothing is known before an announce depends on it.
 *
 * Reply: the secret, the longest timeout in ms, the store's clock (seconds, microseconds).
 */
export const GREET: StoreScript = {
  name: "greet",
  text: `
redis.call('SET', KEYS[1], ARGV[1], 'NX')
local longest = 0
for _, timeout in ipairs(redis.call('HKEYS', KEYS[2])) do longest = math.max(longest, tonumber(timeout) or 0) end
local time = redis.call('TIME')
return {redis.call('GET', KEYS[1]), longest, tonumber(time[1]), tonumber(time[2])}
`,
};

/**
 * Arguments: now, timeout, the tracker, its browsers, then info hash, seeders, leechers of each swarm.
 * Reply: swarms, seeders, leechers, browsers of the other trackers, the longest timeout in ms, the store's clock (seconds,
 * microseconds).
 */
export const NOTE: StoreScript = {
  name: "note",
  text: `
local active, counts, totals, browsers = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local now, timeout = tonumber(ARGV[1]), tonumber(ARGV[2])
-- Peers may count on what a tracker last said for as long as that.
redis.call('HSET', KEYS[5], ARGV[2], ARGV[1])
local timeouts = redis.call('HGETALL', KEYS[5])
for i = 1, #timeouts, 2 do
  local each = tonumber(timeouts[i]) or 0
  if (tonumber(timeouts[i + 1]) or 0) + each < now then
    redis.call('HDEL', KEYS[5], timeouts[i])
  else
    timeout = math.max(timeout, each)
  end
end
local seeders, leechers = 0, 0
local function drop(hash)
  local known = redis.call('HGET', counts, hash)
  if not known then return end
  local s, l = string.match(known, '^(%d+) (%d+)$')
  seeders, leechers = seeders - tonumber(s or 0), leechers - tonumber(l or 0)
end
for i = 5, #ARGV, 3 do
  local hash = ARGV[i]
  drop(hash)
  if ARGV[i + 1] == '0' and ARGV[i + 2] == '0' then
    redis.call('ZREM', active, hash)
    redis.call('HDEL', counts, hash)
  else
    redis.call('ZADD', active, now, hash)
    redis.call('HSET', counts, hash, ARGV[i + 1] .. ' ' .. ARGV[i + 2])
    seeders, leechers = seeders + tonumber(ARGV[i + 1]), leechers + tonumber(ARGV[i + 2])
  end
end
for _, hash in ipairs(redis.call('ZRANGEBYSCORE', active, '-inf', now - timeout, 'LIMIT', 0, ${SWEPT})) do
  drop(hash)
  redis.call('ZREM', active, hash)
  redis.call('HDEL', counts, hash)
end
local s = redis.call('HINCRBY', totals, 's', seeders)
local l = redis.call('HINCRBY', totals, 'l', leechers)
local swarms = redis.call('ZCARD', active)
if swarms == 0 and (s ~= 0 or l ~= 0) then
  -- A key was lost to an eviction: the sums begin anew.
  redis.call('DEL', counts, totals)
  s, l = 0, 0
end
local elsewhere = 0
local said = redis.call('HGETALL', browsers)
for i = 1, #said, 2 do
  local peers, at = string.match(said[i + 1], '^(%d+) (%d+)$')
  if now - tonumber(at or 0) > ${TRACKER_SILENT_MS} then
    redis.call('HDEL', browsers, said[i])
  elseif said[i] ~= ARGV[3] then
    elsewhere = elsewhere + tonumber(peers)
  end
end
if ARGV[4] == '0' then
  redis.call('HDEL', browsers, ARGV[3])
else
  redis.call('HSET', browsers, ARGV[3], ARGV[4] .. ' ' .. ARGV[1])
end
for i = 1, #KEYS do redis.call('PEXPIRE', KEYS[i], 2 * timeout) end
local time = redis.call('TIME')
return {swarms, math.max(0, s), math.max(0, l), elsewhere, timeout, tonumber(time[1]), tonumber(time[2])}
`,
};

/**
 * Arguments: now, timeout, how many at most. Reply: info hash, "seeders leechers", last announce, of each swarm, that
 * which was announced last first.
 */
export const ACTIVE: StoreScript = {
  name: "active",
  text: `
local hashes = redis.call('ZREVRANGEBYSCORE', KEYS[1], '+inf', '(' .. (tonumber(ARGV[1]) - tonumber(ARGV[2])),
  'WITHSCORES', 'LIMIT', 0, tonumber(ARGV[3]))
local rows = {}
for i = 1, #hashes, 2 do
  local known = redis.call('HGET', KEYS[2], hashes[i])
  if known then
    rows[#rows + 1] = hashes[i]
    rows[#rows + 1] = known
    rows[#rows + 1] = tonumber(hashes[i + 1])
  end
end
return rows
`,
};
