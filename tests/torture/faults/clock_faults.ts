// Clocks that are set, by days and either way, while our programs work. In this process, whose clock is played with: one
// after the other, and with nothing beside them.

import assert from "node:assert/strict";
import { createTracker } from "../../../tracker/mod.ts";
import { Client, type TorrentEvent } from "../../../peer/mod.ts";
import { makeTorrent } from "../../support/make_torrent.ts";
import { ADMIN, patiently } from "../../support/programs.ts";
import type { SeededRandom } from "../../support/random.ts";
import type { TempDir } from "../../support/temp_dir.ts";
import type { Fault } from "./fault.ts";

const DAY_MS = 86_400_000;
const LENGTH = 5_000_000;
/** Bytes a second: some seconds, with a save of the state or two. */
const RATE = 1_000_000;
const PEERS = 200;

export const CLOCK_FAULTS: readonly Fault[] = [
  {
    name: "a clock set by days, either way, during a download; the next start has the right one",
    attempt: download,
  },
  {
    name: "a clock set by days, either way, while a tracker answers and writes its snapshot",
    attempt: announce,
  },
];

/** Sets the clock whenever `jump()` is called, while `act` lasts. */
async function withClock(random: SeededRandom, act: (jump: () => void) => Promise<void>): Promise<void> {
  const { now } = Date;
  let offset = 0;
  Date.now = () => now() + offset;
  try {
    await act(() => offset = Math.round((random.next() - 0.5) * 10 * DAY_MS));
  } finally {
    Date.now = now;
  }
}

async function download(temp: TempDir, random: SeededRandom): Promise<void> {
  const torrent = await makeTorrent({ files: [LENGTH / 2, LENGTH / 2], pieceLength: 64 * 1024 });
  await torrent.writeTo(temp.join("original"));
  const own = { hostname: "127.0.0.1", diskWorkers: 1 };
  const place = { path: temp.join("copy"), stateDir: temp.join("state") };
  const seeder = new Client({ ...own, uploadLimit: RATE });
  try {
    await (await seeder.add(torrent.metainfo, { path: temp.join("original") })).completed();
    await withClock(random, async (jump) => {
      const leecher = new Client(own);
      try {
        const copy = await leecher.add(torrent.metainfo, place);
        copy.subscribe(({ type }) => type === "piece" && jump());
        copy.addPeers([{ ip: "127.0.0.1", port: seeder.port }]);
        await patiently(copy.completed(), "the download");
      } finally {
        await leecher.close();
      }
    });
    await torrent.compareWith(temp.join("copy"));
    // What was said of files at other times is true or worth nothing.
    const again = new Client(own);
    try {
      const copy = await again.add(torrent.metainfo, place);
      const events: TorrentEvent[] = [];
      copy.subscribe((event) => void events.push(event));
      await patiently(copy.completed(), "the check");
      assert.deepEqual(events.filter(({ type }) => type === "error"), []);
      assert.equal(copy.downloaded, 0);
    } finally {
      await again.close();
    }
  } finally {
    await seeder.close();
  }
}

async function announce(temp: TempDir, random: SeededRandom): Promise<void> {
  const lines: string[] = [];
  const options = {
    port: 0,
    host: "127.0.0.1",
    data: temp.join("tracker.sqlite"),
    adminToken: "token-of-the-tests",
    log: (line: string) => void lines.push(line),
  };
  const query = (n: number) =>
    `info_hash=${"%aa".repeat(20)}&peer_id=-XX0000-${`${n}`.padStart(12, "0")}&port=${10_000 + n}&left=1`;
  await withClock(random, async (jump) => {
    const tracker = createTracker(options);
    try {
      const base = `http://127.0.0.1:${(await tracker.start()).port}`;
      for (let n = 0; n < PEERS; n++) {
        jump();
        assert.match(await (await fetch(`${base}/announce?${query(n)}`)).text(), /8:intervali/);
        if (n % 20 !== 0) continue;
        for (const path of ["overview", "history?range=hour", "events", "swarms"]) {
          const response = await fetch(`${base}/api/${path}`, { headers: ADMIN });
          await response.bytes();
          assert.equal(response.status, 200, path);
        }
      }
      // Nobody was silent for a day: that is what a clock says that nobody can set.
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      assert.equal(tracker.stats().leechers, PEERS);
      jump();
    } finally {
      await tracker.close();
    }
  });
  const second = createTracker(options);
  try {
    const base = `http://127.0.0.1:${(await second.start()).port}`;
    assert.match(await (await fetch(`${base}/announce?${query(1)}`)).text(), /8:intervali/);
    const { leechers } = second.stats();
    assert.ok(leechers >= 1 && leechers <= PEERS, `${leechers} peers`);
  } finally {
    await second.close();
  }
  assert.deepEqual(lines.filter((line) => /cannot|error/i.test(line)), []);
}
