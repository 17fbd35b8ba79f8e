// A tracker's files as a busy one leaves them: ten thousand swarms with two hundred thousand peers, three hundred of them
// by name. A tracker that is started on them has it all back in a second, by the way that every restart goes.

import { encodeMetainfo, parseMetainfo, toBinary } from "../../protocol/mod.ts";
import { DataFile } from "../../tracker/data_file.ts";
import { SNAPSHOT_HEAD, SnapshotWriter } from "../../tracker/snapshot.ts";
import { Tracker } from "../../tracker/tracker.ts";
import { SeededRandom } from "../support/random.ts";

/** Of each kind of client as many as there are here. */
const CLIENTS = [
  ..."-qB5030- -qB5030- -qB5030- -qB4650- -UT3600- -UT3600- -TR4060- -TR4060- -DE2110- -LT2080-".split(" "),
  ..."-qB5030- -TR3000- -lt0D80- -BI3000- -SE0100- -WW0250- -qB4650- -AZ5770- -UT2210- -KT5200-".split(" "),
];

/** Names as they are about. */
const WORDS = ["debian", "fedora", "ubuntu", "arch", "mint", "alpine", "nixos", "openbsd", "void", "gentoo"];
const KINDS = [
  "netinst.iso",
  "live-desktop.iso",
  "server.img.xz",
  "sources.tar.zst",
  "rpi.img.xz",
  "cloud.qcow2",
];
const CITIES = ["harvest", "lighthouse", "tides", "orchard", "northern-line", "field-recordings"];

export interface Busyness {
  swarms: number;
  peers: number;
  named: number;
}

const BUSY: Busyness = { swarms: 10_000, peers: 200_000, named: 300 };

/** Writes a data file and the snapshot beside it. */
export async function writeBusyFiles(path: string, { named, peers, swarms }: Busyness = BUSY): Promise<void> {
  const random = new SeededRandom(7);
  const now = performance.now();
  const tracker = new Tracker({}, { now, random: () => random.next() });
  const hashes = await registerTorrents(path, named);
  while (hashes.length < swarms) {
    hashes.push(String.fromCharCode(...Array.from({ length: 20 }, () => random.below(256))));
  }
  const from = new Uint8Array(4);
  for (let i = 0; i < peers; i++) {
    // Few are large and most are small, as everywhere; the first round gives each of nine tenths a peer.
    const swarm = i < swarms * 0.9 ? i : Math.floor(swarms * random.next() ** 5);
    const totalBytes = 200_000_000 + (swarm * 7_919_000) % 4_000_000_000;
    const isSeeder = random.next() < (swarm % 7 === 3 ? 0 : 0.64);
    const left = isSeeder ? 0 : Math.floor(totalBytes * random.next()) + 1;
    from.set([5 + random.below(180), random.below(256), random.below(256), 1 + random.below(254)]);
    tracker.announce(
      {
        infoHash: hashes[swarm] ?? "",
        peerId: `${CLIENTS[random.below(CLIENTS.length)]}${String(i).padStart(12, "0")}`,
        port: 1024 + random.below(64_000),
        uploaded: Math.floor(totalBytes * random.next() * 3),
        downloaded: totalBytes - left,
        left,
        event: "started",
        numwant: 0,
      },
      from,
      now,
    );
  }
  await writeSnapshot(`${path}.swarms`, tracker, now);
}

async function registerTorrents(path: string, named: number): Promise<string[]> {
  const hashes: string[] = [];
  const data = DataFile.open(path);
  for (let i = 0; i < named; i++) {
    const name = nameOf(i);
    const metainfo = encodeMetainfo({
      name,
      length: 200_000_000 + (i * 7_919_000) % 4_000_000_000,
      pieceLength: 1 << 24,
      pieces: new Uint8Array(20 * Math.ceil((200_000_000 + (i * 7_919_000) % 4_000_000_000) / (1 << 24))),
    });
    const { infoHash, totalLength } = await parseMetainfo(metainfo);
    const binary = toBinary(infoHash.bytes);
    hashes.push(binary);
    data.addTorrent(
      { infoHash: binary, name, totalBytes: totalLength, files: 1, addedAt: 1.7e12 + i },
      metainfo,
    );
  }
  data.close();
  return hashes;
}

function nameOf(i: number): string {
  const word = WORDS[i % WORDS.length];
  const version = `${9 + Math.floor(i / 60)}.${i % 6}`;
  return i % 4 === 3
    ? `${CITIES[i % CITIES.length]}-${1 + Math.floor(i / 4)}.mkv`
    : `${word}-${version}-amd64-${KINDS[Math.floor(i / 10) % KINDS.length]}`;
}

async function writeSnapshot(path: string, tracker: Tracker, now: number): Promise<void> {
  using file = await Deno.create(path);
  const writer = file.writable.getWriter();
  await writer.write(new TextEncoder().encode(SNAPSHOT_HEAD));
  const snapshot = new SnapshotWriter(tracker);
  for (let frame = snapshot.next(now, Date.now()); frame; frame = snapshot.next(now, Date.now())) {
    if (frame.length > 0) await writer.write(frame.slice());
  }
  await writer.close();
}
