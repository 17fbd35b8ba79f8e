// Two clients of bittorrent-tracker's, as they are in every WebTorrent, and our tracker between them: announces, scrape,
// and a text from one to the other over WebRTC, which needs an offer and an answer to pass.

import assert from "node:assert/strict";
import { findNodePackage, installNodePrograms } from "../../support/drivers/clients/webtorrent.ts";
import { seedlingWebTracker } from "../../support/drivers/clients/seedling.ts";
import type { Needed } from "../../support/drivers/needed.ts";
import type { Stage } from "../../support/drivers/stage.ts";
import { scrapeUntil } from "../../support/drivers/trackers/tracker.ts";
import { row } from "../support/harness.ts";

const SCRIPT = new URL("../../support/drivers/node/web_tracker_client.js", import.meta.url).pathname;
const INFO_HASH = "00017f80ff263d2b25206162636465666768696a";

const client: Needed = {
  name: "bittorrent-tracker",
  install: installNodePrograms,
  find: () => findNodePackage("bittorrent-tracker"),
};

function start(stage: Stage, url: string, name: string, left: number) {
  const peerId = new TextEncoder().encode(`-WW0203-${name}`.padEnd(20, "0")).toHex();
  const program = stage.start({
    name: `bittorrent-tracker's client (${name})`,
    command: ["node", SCRIPT, url, INFO_HASH, peerId, String(left)],
    cwd: stage.folder,
    stopSignal: "SIGINT",
  });
  const says = (type: string) => program.line(type, (line) => line.includes(`"type":"${type}"`));
  return { program, peerId, read: async (type: string) => JSON.parse(await says(type)) };
}

/** Registers the row. */
export function webClientsRow(name: string): Promise<void> {
  return row(name, [client, seedlingWebTracker], async (stage) => {
    const url = await seedlingWebTracker.start(stage, [INFO_HASH]);
    const seeder = start(stage, url, "seeder", 0);
    assert.deepEqual(await seeder.read("update"), { type: "update", complete: 1, incomplete: 0 });
    const leecher = start(stage, url, "leecher", 5);
    assert.deepEqual(await leecher.read("update"), { type: "update", complete: 1, incomplete: 1 });
    assert.equal((await leecher.read("data")).text, `hello from ${seeder.peerId}`);
    assert.equal((await seeder.read("data")).text, `hello from ${leecher.peerId}`);
    assert.deepEqual(await leecher.read("scrape"), {
      type: "scrape",
      complete: 1,
      downloaded: 0,
      incomplete: 1,
    });
    assert.equal((await leecher.program.ended).code, 0);
    const left = await scrapeUntil(url, INFO_HASH, "that the leecher left", ({ complete }) => complete === 1);
    assert.deepEqual(left, { complete: 1, downloaded: 1, incomplete: 0 });
    await seeder.program.stop();
    await scrapeUntil(url, INFO_HASH, "that the seeder left", ({ complete }) => complete === 0);
    for (const { program } of [seeder, leecher]) {
      assert.doesNotMatch(program.lines.join("\n"), /"(error|warning)"/);
    }
  });
}
