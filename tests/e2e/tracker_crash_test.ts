// kill -9 in the middle of announces and changes of lists, then the same command again.

import assert from "node:assert/strict";
import { ADMIN, TrackerProcess } from "../support/programs.ts";
import { makeTempDir } from "../support/temp_dir.ts";

const PEERS = 500;
const LOADERS = 8;

/** The query of an announce of the n-th peer. */
function query(n: number): string {
  const left = n % 2;
  return `info_hash=${"%aa".repeat(20)}&peer_id=-XX0000-${String(n).padStart(12, "0")}&port=${
    1024 + n
  }&left=${left}`;
}

async function ask(url: string, init: RequestInit = {}): Promise<Record<string, unknown>> {
  const response = await fetch(url, { ...init, headers: ADMIN });
  assert.equal(response.status, 200, `${url}: ${await response.clone().text()}`);
  return await response.json();
}

Deno.test("a tracker that was killed has every list entry that it acknowledged, and the swarms of its last snapshot", async () => {
  await using dir = await makeTempDir();
  const args = ["--data", dir.join("t.sqlite"), "--host", "127.0.0.1"];
  const flags = [`--allow-read=admin/dist,torrents,${dir.path}`, `--allow-write=${dir.path}`];
  const origin = ({ port }: TrackerProcess) => `http://127.0.0.1:${port}`;

  {
    // An orderly end writes a snapshot.
    await using first = await TrackerProcess.start(0, args, flags);
    for (let n = 0; n < PEERS; n++) await (await fetch(`${origin(first)}/announce?${query(n)}`)).bytes();
    assert.equal(await first.process.stop(), 0);
  }

  const acknowledged: string[] = [];
  {
    await using second = await TrackerProcess.start(0, args, flags);
    const killed = second.process.exited;
    let isOver = false;
    const load = Array.from({ length: LOADERS }, async (_, loader) => {
      try {
        for (let n = loader; !isOver; n += LOADERS) {
          await (await fetch(`${origin(second)}/announce?${query(PEERS + n % 20_000)}`)).bytes();
        }
      } catch (error) {
        assert.ok(isOver, `an announce was not answered before the end: ${error}`);
      }
    });
    for (let n = 0; n < 100; n++) {
      const entry = n.toString(16).padStart(40, "0");
      await ask(`${origin(second)}/api/lists/deny/${entry}`, { method: "PUT" });
      acknowledged.push(entry);
    }
    isOver = true;
    second.process.signal("SIGKILL");
    await Promise.all([killed, ...load]);
  }

  await using third = await TrackerProcess.start(0, args, flags);
  const { entries } = await ask(`${origin(third)}/api/lists/deny`);
  assert.deepEqual(entries, acknowledged);
  // Back in the background: the scrape waits for it.
  const scrape = async () =>
    await (await fetch(`${origin(third)}/scrape?info_hash=${"%aa".repeat(20)}`)).text();
  while (!(await scrape()).includes(`8:completei${PEERS / 2}e`)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.match(await scrape(), new RegExp(`10:incompletei${PEERS / 2}e`));
  assert.equal(await third.process.stop(), 0);
});
