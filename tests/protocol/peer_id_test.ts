import assert from "node:assert/strict";
import { fromBinary, toBinary } from "../../protocol/bytes.ts";
import { createPeerId, PEER_ID_PREFIX, recogniseClient } from "../../protocol/peer_id.ts";
import { SeededRandom } from "../support/random.ts";

Deno.test("createPeerId() is 20 bytes: our prefix, then random chars that need no escape in a URL", () => {
  const ids = Array.from({ length: 100 }, () => toBinary(createPeerId()));
  for (const id of ids) assert.match(id, /^-SE0100-[0-9A-Za-z_-]{12}$/);
  assert.equal(new Set(ids).size, 100);
  assert.ok(ids.every((id) => id.startsWith(PEER_ID_PREFIX)));
});

Deno.test("recogniseClient() knows the ids that clients send", () => {
  const rows: [id: string, client: string][] = [
    ["-SE0100-", "Seedling 0.1.0"],
    ["-LT2080-", "libtorrent 2.0.8"],
    ["-LT1210-", "libtorrent 1.2.1"],
    ["-lt0D80-", "libTorrent (rTorrent) 0.13.8"],
    ["-TR0006-", "Transmission 0.6"],
    ["-TR0072-", "Transmission 0.72"],
    ["-TR2940-", "Transmission 2.94"],
    ["-TR3000-", "Transmission 3.00"],
    ["-TR300Z-", "Transmission 3.00+"],
    ["-TR4050-", "Transmission 4.0.5"],
    ["-TR400B-", "Transmission 4.0.0 beta"],
    ["-qB4520-", "qBittorrent 4.5.2"],
    ["-qB33G0-", "qBittorrent 3.3.16"],
    ["-DE13F0-", "Deluge 1.3.15"],
    ["-DE203s-", "Deluge 2.0.3"],
    ["A2-1-36-0-", "aria2 1.36.0"],
    ["A2-1-3-0-", "aria2 1.3.0"],
    ["-A2-1-36-0-", "aria2 1.36.0"],
    ["-A21360-", "aria2 1.3.6"],
    ["-aria2-", "aria2"],
    ["-WW0205-", "WebTorrent 2.5"],
    ["-WW0110-", "WebTorrent 1.10"],
    ["-WD0024-", "WebTorrent Desktop 0.24"],
    ["-UT2210-", "µTorrent 2.2.1"],
    ["-UT355W\xb6\xae", "µTorrent 3.5.5"],
    ["-UT210B-", "µTorrent 2.1.0 beta"],
    ["-BT7110-", "BitTorrent 7.1.1"],
    ["-rQ8100-", "rqbit 8.1.0"],
    ["-RN2.2.2-", "rain 2.2.2"],
    ["-BC0205-", "BitComet 2.05"],
    ["exbc\x00\x3b", "BitComet 0.59"],
    ["exbc\x01\x01LORD", "BitLord 1.01"],
    ["-AZ5760-", "Vuze 5.7.6.0"],
    ["-KT21D3-", "KTorrent 2.1 dev 3"],
    ["-KT5200-", "KTorrent 5.2.0"],
    ["-FW6810-", "FrostWire 6.8.1"],
    ["-XL0012-", "Xunlei 0.0.1.2"],
    ["-LW0001-", "LimeWire"],
    ["-ML2.7.2-", "MLdonkey 2.7.2"],
    ["TIX0320-", "Tixati 3.20"],
    ["XBT054--", "XBT Client 0.5.4"],
    ["M7-2-4--", "Mainline 7.2.4"],
    ["M4-20-8-", "Mainline 4.20.8"],
    ["S58B-----", "Shadow's client 5.8.11"],
    ["T03I-----", "BitTornado 0.3.18"],
    ["Mbrst1-1-5", "Burst! 1.1.5"],
    ["OP7685", "Opera build 7685"],
  ];
  for (const [start, client] of rows) {
    const id = start.padEnd(20, "x");
    assert.equal(recogniseClient(fromBinary(id)), client, start);
  }
});

Deno.test("recogniseClient() shows what it does not know", () => {
  const rows: [id: string, client: string][] = [
    ["-XY1234-abcdefghijkl", "unknown (-XY1234-)"],
    ["\x00\x01\x02\xff\x1b[2Jxxxxxxxxxxxx", "unknown (000102ff1b5b324a…)"],
    ["-UT\x1b[2J-xxxxxxxxxxxx", "unknown (2d55541b5b324a2d…)"],
    ["-TR3000xxxxxxxxxxxxx", "unknown (2d54523330303078…)"],
    ["S--------xxxxxxxxxxx", "unknown (532d2d2d2d2d2d2d…)"],
    ["", "unknown (…)"],
  ];
  for (const [id, client] of rows) assert.equal(recogniseClient(fromBinary(id)), client);
});

Deno.test("recogniseClient() is short and printable for any bytes (seed 20)", () => {
  const random = new SeededRandom(20);
  const starts = ["", "-", "-UT", "-TR", "M", "S", "exbc", "A2-", "-RN", "-ML", "TIX"];
  for (let round = 0; round < 10_000; round++) {
    const id = (starts[random.below(starts.length)] ?? "") + toBinary(random.bytes(random.below(24)));
    const client = recogniseClient(fromBinary(id));
    assert.match(client, /^[ -~µ…]{1,60}$/, JSON.stringify(id));
  }
});
