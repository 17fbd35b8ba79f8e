// What one announce does in a shared store, as a script that runs there: one round trip, and nobody else's announce in
// between. The rules are those of recogniser.ts, peer_picker.ts and tracker.ts, told in Redis' Lua.
// https://www.bittorrent.org/beps/bep_0003.html, BEP 7, BEP 21, BEP 48.
//
// How a swarm lies in the store, eight keys with the info hash as their hash tag, so that a cluster keeps them together:
//
//   s4 l4 s6 l6  sorted sets: seeders and leechers of each family; address and port (6 or 18 bytes) by when last seen
//   d            sorted set: the partial seeds (BEP 21) among the leechers, likewise
//   p            hash: address and port → record, 63 bytes, below
//   k            hash: family, peer id and key → the address and port where that peer is
//   m            hash: `c` completed, `l` largest left seen, `t` when the keys' lives were last prolonged
//
// A peer is silent once its score is too old: it is then counted and told of no more, in whatever call, and taken out by a
// later announce, SWEPT of them at most. All keys expire by themselves when nobody announces.

import type { StoreScript } from "./store_link.ts";

/** Bits of the third argument. */
export const AnnounceFlag = {
  stopped: 1,
  seeder: 2,
  completed: 4,
  partial: 8,
  /** The address is another than the one that is asked from. */
  elsewhere: 16,
  onlyIp4: 32,
  onlyIp6: 64,
  withPeerIds: 128,
  /** Neither a new peer nor a new swarm is taken in. */
  full: 256,
  /** No new swarm is. */
  fullOfSwarms: 512,
} as const;

/** First number of the reply. */
export const AnnounceStatus = { done: 0, addressTaken: 1, full: 2 } as const;

/** Silent peers that one announce takes out. */
const SWEPT = 20;
/** Records that may be there without a peer of theirs, as after an eviction of keys, before all are dropped. */
const MOST_ORPHANS = 1000;

/** How a record lies: peer id; hash of the key and two bits; last seen; uploaded, downloaded, left; two rates; 1: over UDP. */
const RECORD = "<c20I4I6dddffB";

/** Keys of a swarm, and what the scripts call them. */
export const SWARM_KEYS = ["s4", "l4", "s6", "l6", "d", "p", "k", "m"] as const;

/** Functions on one peer, for scripts that have `d`, `p` and `k`. */
export const RECORDS = `
local function read(at)
  local packed = redis.call('HGET', p, at)
  if not packed then return nil end
  local peer = {}
  local bits
  peer.id, bits, peer.last, peer.up, peer.down, peer.left, peer.upRate, peer.downRate = struct.unpack('${RECORD}', packed)
  peer.completed, peer.partial = bit.band(bits, 1) == 1, bit.band(bits, 2) == 2
  peer.key = math.floor(bits / 4)
  return peer
end

local function forget(at, peer)
  local first = #at == 6 and 1 or 3
  redis.call('ZREM', KEYS[first], at)
  redis.call('ZREM', KEYS[first + 1], at)
  if not peer then return end
  redis.call('HDEL', p, at)
  if peer.partial then redis.call('ZREM', d, at) end
  if peer.key ~= 0 then
    local field = #at .. peer.id .. string.format('%d', peer.key)
    if redis.call('HGET', k, field) == at then redis.call('HDEL', k, field) end
  end
end
`;

/**
 * Arguments: now, timeout (both ms), flags, endpoint, peer id, hash of the key (0: none), numwant, uploaded, downloaded,
 * left (-1: unknown), most peers of the swarm and family, ms to keep the count of an empty swarm, a random number.
 *
 * Reply: status, complete, incomplete, completed, whether this one completed, IPv4 peers, IPv6 peers, and their ids.
 */
export const ANNOUNCE: StoreScript = {
  name: "announce",
  text: `
local now, timeout, flags = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local endpoint, id, key = ARGV[4], ARGV[5], tonumber(ARGV[6])
local cutoff = now - timeout
local d, p, k, m = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local family = #endpoint
local keyField = family .. id .. ARGV[6]
math.randomseed(tonumber(ARGV[13]))
local function has(flag) return bit.band(flags, flag) ~= 0 end

${RECORDS}

-- A peer that has fallen silent is as one that isn't there.
local function find(at)
  local peer = read(at)
  if not peer or peer.last > cutoff then return peer end
  forget(at, peer)
  return nil
end

local function findByKey()
  if key == 0 then return nil end
  local at = redis.call('HGET', k, keyField)
  if not at then return nil end
  local peer = find(at)
  if peer and peer.id == id and peer.key == key then return at, peer end
  return nil
end

local meta = redis.call('HMGET', m, 'c', 'l', 't')
local completed, largest, prolonged = tonumber(meta[1] or 0), tonumber(meta[2] or 0), tonumber(meta[3] or 0)
local here = find(endpoint)

local function hasItsKey(peer) return peer.key == 0 or peer.key == key end

-- How many live peers a set has, and how many silent ones stand before them.
local swept = 0
local function count(set)
  local all = redis.call('ZCARD', set)
  if all == 0 then return 0, 0 end
  local dead = redis.call('ZCOUNT', set, '-inf', cutoff)
  if dead == 0 or swept >= ${SWEPT} then return all - dead, dead end
  local gone = redis.call('ZRANGE', set, 0, math.min(dead, ${SWEPT} - swept) - 1)
  for _, at in ipairs(gone) do forget(at, read(at)) end
  swept = swept + #gone
  return all - dead, dead - #gone
end

if has(${AnnounceFlag.stopped}) then
  local at, peer = endpoint, here
  if not peer or peer.id ~= id then at, peer = findByKey() end
  if peer and hasItsKey(peer) then forget(at, peer) end
  local s4, l4, s6, l6 = count(KEYS[1]), count(KEYS[2]), count(KEYS[3]), count(KEYS[4])
  if completed == 0 and s4 + l4 + s6 + l6 == 0 then redis.call('DEL', m) end
  return {${AnnounceStatus.done}, s4 + s6, l4 + l6, completed, 0, '', ''}
end

if prolonged == 0 and has(${AnnounceFlag.fullOfSwarms}) then return {${AnnounceStatus.full}} end

-- Who is it? It is out of its sets from here on: nobody is told of itself.
local peer
local isNew = false
if here and here.id == id then
  if has(${AnnounceFlag.elsewhere}) and not hasItsKey(here) then return {${AnnounceStatus.addressTaken}} end
  peer = here
  if key ~= 0 and key ~= here.key and not findByKey() then
    if here.key ~= 0 then redis.call('HDEL', k, family .. id .. string.format('%d', here.key)) end
    peer.key = key
    redis.call('HSET', k, keyField, endpoint)
  end
  redis.call('ZREM', KEYS[(family == 6 and 1 or 3) + (here.left == 0 and 0 or 1)], endpoint)
else
  if here and has(${AnnounceFlag.elsewhere}) then return {${AnnounceStatus.addressTaken}} end
  local at, moved = findByKey()
  if moved then forget(at, moved) end
  if here then forget(endpoint, here) elseif moved then peer = moved else isNew = true end
  if not peer then
    peer = {id = id, key = key, last = 0, up = 0, down = 0, left = 0, upRate = 0, downRate = 0}
  end
  peer.partial = false
end

local s4, s4dead = count(KEYS[1])
local l4, l4dead = count(KEYS[2])
local s6, s6dead = count(KEYS[3])
local l6, l6dead = count(KEYS[4])
local complete, incomplete = s4 + s6, l4 + l6
local isSeeder = has(${AnnounceFlag.seeder})

-- A random window of each set, by its share; seeders aren't told of seeders.
local left, wanted
local function choose(set, size, dead, into)
  if wanted == 0 or size == 0 then return end
  local share = size
  if wanted < left then share = math.floor(wanted * size / left + math.random()) end
  share = math.max(math.min(share, size, wanted), wanted - (left - size))
  wanted = wanted - share
  left = left - size
  if share == 0 then return end
  local from = share == size and 0 or math.floor(math.random() * size)
  local to = math.min(from + share, size)
  for _, at in ipairs(redis.call('ZRANGE', set, dead + from, dead + to - 1)) do into[#into + 1] = at end
  if from + share <= size then return end
  for _, at in ipairs(redis.call('ZRANGE', set, dead, dead + from + share - size - 1)) do into[#into + 1] = at end
end
local ip4, ip6 = {}, {}
local some4, some6 = not has(${AnnounceFlag.onlyIp6}), not has(${AnnounceFlag.onlyIp4})
left = (some4 and l4 + (isSeeder and 0 or s4) or 0) + (some6 and l6 + (isSeeder and 0 or s6) or 0)
wanted = math.min(tonumber(ARGV[7]), left)
if some4 then
  choose(KEYS[2], l4, l4dead, ip4)
  if not isSeeder then choose(KEYS[1], s4, s4dead, ip4) end
end
if some6 then
  choose(KEYS[4], l6, l6dead, ip6)
  if not isSeeder then choose(KEYS[3], s6, s6dead, ip6) end
end
local function idsOf(chosen)
  if #chosen == 0 then return '' end
  local ids = {}
  for i, packed in ipairs(redis.call('HMGET', p, unpack(chosen))) do
    ids[i] = packed and string.sub(packed, 1, 20) or string.rep('\\0', 20)
  end
  return table.concat(ids)
end
local function reply(didComplete)
  local all = {${AnnounceStatus.done}, complete, incomplete, completed, didComplete, table.concat(ip4), table.concat(ip6)}
  if has(${AnnounceFlag.withPeerIds}) then all[8], all[9] = idsOf(ip4), idsOf(ip6) end
  return all
end

if isNew then
  if has(${AnnounceFlag.full}) then return {${AnnounceStatus.full}} end
  -- A swarm with no place left for its family tells a newcomer of others and doesn't remember it.
  if (family == 6 and s4 + l4 or s6 + l6) >= tonumber(ARGV[11]) then return reply(0) end
end

local up, down, bytesLeft = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
local span = now - peer.last
if peer.last > 0 and span >= 500 then
  peer.upRate = math.max(0, (up - peer.up) * 1000 / span)
  peer.downRate = math.max(0, (down - peer.down) * 1000 / span)
end
if bytesLeft > largest then redis.call('HSET', m, 'l', ARGV[10]) end
-- A record with nothing left is a seeder's, and only that.
if isSeeder then bytesLeft = 0 end
local didComplete = 0
if has(${AnnounceFlag.completed}) and isSeeder and not peer.completed then
  peer.completed = true
  didComplete = 1
  completed = redis.call('HINCRBY', m, 'c', 1)
end
local isPartial = has(${AnnounceFlag.partial}) and not isSeeder
if isPartial then redis.call('ZADD', d, now, endpoint) elseif peer.partial then redis.call('ZREM', d, endpoint) end
local bits = peer.key * 4 + (isPartial and 2 or 0) + (peer.completed and 1 or 0)
redis.call('HSET', p, endpoint,
  struct.pack('${RECORD}', id, bits, now, up, down, bytesLeft, peer.upRate, peer.downRate,
    bit.band(flags, ${AnnounceFlag.onlyIp4 | AnnounceFlag.onlyIp6}) ~= 0 and 1 or 0))
local set = KEYS[(family == 6 and 1 or 3) + (isSeeder and 0 or 1)]
redis.call('ZADD', set, now, endpoint)
local isFreshKey = 0
if not (here and here.id == id) and peer.key ~= 0 then isFreshKey = redis.call('HSET', k, keyField, endpoint) end

-- Lives are prolonged now and then, and those of keys that may have been made just now.
local isFirst = (family == 6 and (isSeeder and s4 + s4dead or l4 + l4dead) or (isSeeder and s6 + s6dead or l6 + l6dead)) == 0
local life = 2 * timeout
if isFirst or now - prolonged >= timeout / 4 then
  if redis.call('HLEN', p) > complete + incomplete + s4dead + l4dead + s6dead + l6dead + ${MOST_ORPHANS} then
    redis.call('UNLINK', p, k)
  end
  for i = 1, 7 do redis.call('PEXPIRE', KEYS[i], life) end
  redis.call('HSET', m, 't', now)
  redis.call('PEXPIRE', m, math.max(life, tonumber(ARGV[12])))
elseif isFreshKey == 1 or isPartial then
  redis.call('PEXPIRE', k, life)
  redis.call('PEXPIRE', d, life)
end
if isSeeder then complete = complete + 1 else incomplete = incomplete + 1 end
return reply(didComplete)
`,
};
