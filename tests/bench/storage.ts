// How fast the disk side is on its own: pieces written, a check, a torrent made; the last beside mktorrent, if it is
// there. Writes its data into a temporary folder and removes it.
//
//   deno run --allow-read --allow-write --allow-run=/usr/bin/mktorrent tests/bench/storage.ts [--gib=2] [--dir=/tmp]
//     [--piece-kib=1024] [--rounds=3]

import { createTorrent } from "../../peer/create_torrent.ts";
import { FixedBufferPool } from "../../peer/storage/buffer_pool.ts";
import { Disk } from "../../peer/storage/disk.ts";
import { DiskPool } from "../../peer/storage/worker_pool.ts";
import { parseMetainfo } from "../../protocol/metainfo.ts";
import { pseudoRandomBytes } from "../support/random.ts";

const MKTORRENT = "/usr/bin/mktorrent";

function flag(name: string, fallback: string): string {
  return Deno.args.find((arg) => arg.startsWith(`--${name}=`))?.split("=")[1] ?? fallback;
}

const totalLength = Number(flag("gib", "2")) * 2 ** 30;
const pieceLength = Number(flag("piece-kib", "1024")) * 1024;
const rounds = Number(flag("rounds", "3"));
const dir = await Deno.makeTempDir({ dir: flag("dir", "/tmp"), prefix: "seedling-bench-" });

type Case = [what: string, work: () => Promise<void>];

/** Times cases in turn, round by round: what else the machine does hits them alike. */
async function compare(...cases: Case[]): Promise<void> {
  const seconds = cases.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, [, work]] of cases.entries()) {
      const start = performance.now();
      await work();
      seconds[i]?.push((performance.now() - start) / 1000);
    }
  }
  for (const [i, [what]] of cases.entries()) {
    const taken = seconds[i] ?? [];
    const rate = totalLength / Math.min(...taken) / 1e6;
    console.log(
      `${what.padEnd(28)} ${taken.map((s) => s.toFixed(2)).join(" ")} s, best ${rate.toFixed(0)} MB/s`,
    );
  }
}

try {
  const source = `${dir}/source`;
  const random = pseudoRandomBytes(64 * 2 ** 20, 1);
  {
    using file = await Deno.open(source, { write: true, create: true });
    for (let at = 0; at < totalLength; at += random.length) {
      // Another first byte each time, so that no two pieces are the same by design.
      random[0] = (at / random.length) & 0xff;
      for (let done = 0; done < random.length;) done += await file.write(random.subarray(done));
    }
    // Or the first measurements would share the disk with it.
    await file.sync();
  }

  let bytes: Uint8Array = new Uint8Array();
  const create: Case = ["create", async () => {
    bytes = await createTorrent({ path: source, pieceLength, createdAt: null });
  }];
  const theirs: Case = ["create, mktorrent -t 2", async () => {
    const exponent = String(Math.log2(pieceLength));
    const args = ["-t", "2", "-l", exponent, "-a", "http://t/announce", "-o", `${dir}/mk.torrent`, source];
    await new Deno.Command(MKTORRENT, { args, stdout: "null" }).output();
    await Deno.remove(`${dir}/mk.torrent`);
  }];
  const hasMktorrent = await Deno.stat(MKTORRENT).then(() => true, () => false);
  await (hasMktorrent ? compare(create, theirs) : compare(create));

  const metainfo = await parseMetainfo(bytes);
  const pool = new DiskPool();
  const disk = new Disk(pool, metainfo, source);
  await compare(["check, all right", async () => void await disk.check(() => {})]);
  await disk.close();

  const holes = new Disk(pool, metainfo, `${dir}/holes`);
  await holes.prepare();
  await compare(["check of a sparse empty file", async () => void await holes.check(() => {})]);
  await holes.close();

  const repeated = random.slice(pieceLength, 2 * pieceLength);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-1", repeated));
  const pieces = new Uint8Array(metainfo.pieces.length);
  for (let at = 0; at < pieces.length; at += 20) pieces.set(digest, at);
  for (const inFlight of [1, 4, 16]) {
    await compare([`write, ${inFlight} pieces in flight`, async () => {
      const target = new Disk(pool, { ...metainfo, pieces }, `${dir}/target`);
      await target.prepare();
      const buffers = new FixedBufferPool({ maxBuffers: inFlight, maxBytes: inFlight * pieceLength });
      let next = 0;
      const lane = async () => {
        while (next < metainfo.layout.pieceCount) {
          const buffer = buffers.take(pieceLength) as Uint8Array;
          buffer.set(repeated);
          const verdict = await target.finish(next++, buffer);
          if (verdict !== "stored") throw new Error(`piece ${next - 1}: ${verdict}`);
          buffers.give(buffer);
        }
      };
      await Promise.all(Array.from({ length: inFlight }, lane));
      await target.close();
      await Deno.remove(`${dir}/target`);
    }]);
  }
  await pool.close();
} finally {
  await Deno.remove(dir, { recursive: true });
}
