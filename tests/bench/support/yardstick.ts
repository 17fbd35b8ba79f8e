// A server of a few lines that shows what the runtime itself takes, in a tracker's place.

import { seedling } from "../../support/drivers/clients/seedling.ts";
import { freePort } from "../../support/free_port.ts";
import { type ForeignTracker, listens } from "../../support/drivers/trackers/tracker.ts";

/** Runs a script beside this file, which takes its port as argument. It answers nothing, so nothing need be inside. */
export function yardstick(name: string, script: string): ForeignTracker {
  return {
    name,
    isOurs: true,
    install: seedling.install,
    find: seedling.find,
    async start(stage) {
      const port = freePort();
      const path = new URL(script, import.meta.url).pathname;
      const command = [Deno.execPath(), "run", "-q", "--allow-net=127.0.0.1", path, String(port)];
      stage.start({ name, command, cwd: ".", limitSeconds: Infinity });
      await listens(port);
      return `http://127.0.0.1:${port}/announce`;
    },
  };
}
