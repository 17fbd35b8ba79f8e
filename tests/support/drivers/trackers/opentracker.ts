// opentracker, the C tracker behind the largest public ones. Debian's build answers for listed info hashes only.

import { join } from "node:path";
import { findOnPath, output } from "../program.ts";
import { freePort } from "../../free_port.ts";
import { type ForeignTracker, listens } from "./tracker.ts";

export const opentracker: ForeignTracker = {
  name: "opentracker",
  install: "apt-get install opentracker",
  async find() {
    if (findOnPath("opentracker") === undefined) return undefined;
    // It has no word for its own version; the package that brought it has.
    if (findOnPath("dpkg-query") === undefined) return "unknown";
    return await output({
      name: "dpkg-query",
      command: ["dpkg-query", "--show", "--showformat=${Version}", "opentracker"],
      cwd: ".",
    }).catch(() => "unknown");
  },
  async start(stage, infoHashes) {
    const port = freePort();
    // It enters this folder for good and gives up its rights, so the list has to be inside and readable by all.
    const folder = await stage.makeFolder("opentracker");
    await Deno.chmod(folder, 0o755);
    await Deno.writeTextFile(join(folder, "allowed"), infoHashes.map((hash) => `${hash}\n`).join(""));
    stage.start({
      name: "opentracker",
      command: [
        "opentracker",
        ...["-i", "127.0.0.1", "-p", String(port), "-P", String(port), "-d", folder, "-w", "allowed"],
      ],
      cwd: folder,
    });
    await listens(port);
    return `http://127.0.0.1:${port}/announce`;
  },
};
