// HAProxy before our tracker: it says for whom it speaks by the PROXY protocol, in both versions, and the tracker takes its
// word; what it carries is plain, or TLS that only the tracker opens.

import assert from "node:assert/strict";
import { join } from "node:path";
import { decodeAnnounceResponse } from "../../../protocol/mod.ts";
import { startTracker } from "../../support/drivers/clients/seedling.ts";
import { seedling } from "../../support/drivers/clients/seedling.ts";
import type { Needed } from "../../support/drivers/needed.ts";
import { findOnPath, output } from "../../support/drivers/program.ts";
import type { Stage } from "../../support/drivers/stage.ts";
import { listens } from "../../support/drivers/trackers/tracker.ts";
import { freePorts } from "../../support/free_port.ts";
import { TEST_CA, TEST_CERT, TEST_KEY } from "../../support/test_cert.ts";
import { row } from "../support/harness.ts";

/** From here HAProxy connects: another address of this machine than its clients have. */
const PROXY = "127.0.0.9";
const CLIENT = "127.0.0.1";

const haproxy: Needed = {
  name: "haproxy",
  install: "apt-get install haproxy",
  async find() {
    if (findOnPath("haproxy") === undefined) return undefined;
    const text = await output({ name: "haproxy", command: ["haproxy", "-v"], cwd: "." });
    return /version (\S+)/.exec(text)?.[1] ?? "unknown";
  },
};

/** Starts it before the tracker: its ports in the order of `ways` carry bytes to the tracker and say so in that way. */
async function startProxy(stage: Stage, tracker: string, ways: readonly string[]): Promise<number> {
  const first = freePorts(ways.length);
  const { host } = new URL(tracker);
  const config = [
    "defaults\n mode tcp\n timeout connect 5s\n timeout client 30s\n timeout server 30s",
    ...ways.map((way, i) =>
      `listen ${way}\n bind ${CLIENT}:${first + i}\n server tracker ${host} ${way} source ${PROXY}`
    ),
  ];
  const path = join(stage.folder, "haproxy.cfg");
  await Deno.writeTextFile(path, `${config.join("\n")}\n`);
  stage.start({ name: "haproxy", command: ["haproxy", "-db", "-f", path], cwd: stage.folder });
  for (let i = 0; i < ways.length; i++) await listens(first + i);
  return first;
}

async function announce(origin: string, port: number, client?: Deno.HttpClient): Promise<unknown[]> {
  const url = `${origin}/announce?info_hash=${"a".repeat(20)}&peer_id=-XX0000-${port}0000000&port=${port}`;
  const response = await fetch(url, client === undefined ? {} : { client });
  const { externalIp, peers } = decodeAnnounceResponse(await response.bytes());
  return [externalIp, peers.map(({ ip, port }) => `${ip}:${port}`).sort()];
}

/** Registers the rows. */
export async function proxyRows(): Promise<void> {
  const trust = ["--proxy-protocol", "--trust-proxy", PROXY];
  await row(
    "haproxy says for whom it speaks, in both versions of the PROXY protocol",
    [haproxy, seedling],
    async (stage) => {
      const tracker = await startTracker(stage, { args: trust });
      const port = await startProxy(stage, tracker, ["send-proxy", "send-proxy-v2"]);
      assert.deepEqual(await announce(`http://${CLIENT}:${port}`, 10_001), [CLIENT, []]);
      assert.deepEqual(await announce(`http://${CLIENT}:${port + 1}`, 10_002), [CLIENT, [`${CLIENT}:10001`]]);
      // Nobody else is believed: this one is no proxy, and asks for itself.
      assert.deepEqual(await announce(new URL(tracker).origin, 10_003), [
        CLIENT,
        [`${CLIENT}:10001`, `${CLIENT}:10002`],
      ]);
    },
  );
  await row(
    "haproxy carries TLS that our tracker opens, behind a PROXY head",
    [haproxy, seedling],
    async (stage) => {
      const pair = { "--cert": TEST_CERT, "--key": TEST_KEY };
      const files: string[] = [];
      for (const [flag, text] of Object.entries(pair)) {
        const path = join(stage.folder, `pem${flag}`);
        await Deno.writeTextFile(path, text);
        files.push(flag, path);
      }
      const tracker = await startTracker(stage, {
        args: [...trust, ...files],
        runtime: [`--allow-read=admin/dist,torrents,data,${stage.folder}`],
      });
      const port = await startProxy(stage, tracker, ["send-proxy-v2"]);
      using client = Deno.createHttpClient({ caCerts: [TEST_CA] });
      assert.deepEqual(await announce(`https://${CLIENT}:${port}`, 10_001, client), [CLIENT, []]);
    },
  );
}
