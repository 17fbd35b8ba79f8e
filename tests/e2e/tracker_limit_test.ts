// A tracker whose file descriptors have all been taken by connections that say nothing.

import assert from "node:assert/strict";
import { TrackerProcess } from "../support/programs.ts";

const DESCRIPTORS = 128;
const CALLERS = 300;
const isLinux = Deno.build.os === "linux"; // prlimit is Linux'

for (const flags of [[], ["--request-timeout", "30"]]) {
  Deno.test({
    name:
      `with ${DESCRIPTORS} file descriptors and ${CALLERS} silent callers a tracker lives, and answers when they have gone: ${
        flags.join(" ") || "as it is"
      }`,
    ignore: !isLinux,
    async fn() {
      await using tracker = await TrackerProcess.start(0, ["--host", "127.0.0.1", ...flags]);
      const args = ["--pid", `${tracker.process.pid}`, `--nofile=${DESCRIPTORS}:${DESCRIPTORS}`];
      assert.ok((await new Deno.Command("prlimit", { args }).output()).success);
      const announce = async () => {
        const query = `info_hash=${"%aa".repeat(20)}&peer_id=${"b".repeat(20)}&port=1`;
        return await (await fetch(`${tracker.announce}?${query}`)).text();
      };
      assert.match(await announce(), /8:interval/);
      const silent: Deno.Conn[] = [];
      try {
        for (let n = 0; n < CALLERS; n++) {
          // While it has none left nobody is let in.
          const conn = await Deno.connect({ hostname: "127.0.0.1", port: tracker.port }).catch(() =>
            undefined
          );
          if (conn !== undefined) silent.push(conn);
        }
        assert.ok(silent.length > 0);
      } finally {
        for (const conn of silent) conn.close();
      }
      for (let answer = ""; !answer.includes("8:interval");) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        answer = await announce().catch(() => "");
        if (tracker.process.complaints.includes("Uncaught")) assert.fail(tracker.process.complaints);
      }
      assert.equal(await tracker.process.stop(), 0);
    },
  });
}
