// What an HTTP tracker spends on one announce before and after its own work: the query read, the answer written.
// Run: deno bench tests/bench/announce_bench.ts

import { encodeAnnounceAnswer, parseAnnounceQuery } from "../../protocol/announce.ts";

const query =
  "info_hash=%124Vx%9A%BC%DE%F1%23Eg%89%AB%CD%EF%124Vx%9A&peer_id=-LT2080-%2b%00%ff%7eabcdefgh&port=6881" +
  "&uploaded=123456789&downloaded=987654321&left=1073741824&corrupt=0&key=7D0B1D06&event=started&numwant=50" +
  "&compact=1&no_peer_id=1&supportcrypto=1&redundant=0";

const peers = new Uint8Array(50 * 6).fill(7);
const peers6 = new Uint8Array(0);

Deno.bench("parseAnnounceQuery()", { group: "query", baseline: true }, () => {
  parseAnnounceQuery(query);
});

// Not equal work: it can't even keep the bytes of the info hash.
Deno.bench("new URLSearchParams()", { group: "query" }, () => {
  const params = new URLSearchParams(query);
  params.get("info_hash");
  params.get("port");
});

Deno.bench("encodeAnnounceAnswer(), 50 peers", { group: "answer" }, () => {
  encodeAnnounceAnswer({ interval: 1800, minInterval: 900, complete: 123, incomplete: 4567, peers, peers6 });
});
