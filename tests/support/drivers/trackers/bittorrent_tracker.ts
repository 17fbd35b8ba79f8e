// bittorrent-tracker, the Node tracker of the webtorrent family, from node/package.json.

import { findNodePackage, installNodePrograms } from "../clients/webtorrent.ts";
import { freePort } from "../../free_port.ts";
import { type ForeignTracker, listens } from "./tracker.ts";

const program = new URL("../node/node_modules/bittorrent-tracker/bin/cmd.js", import.meta.url).pathname;

export const bittorrentTracker: ForeignTracker = {
  name: "bittorrent-tracker",
  countsSeedersAsDownloads: true,
  install: installNodePrograms,
  find: () => findNodePackage("bittorrent-tracker"),
  async start(stage) {
    const port = freePort();
    stage.start({
      name: "bittorrent-tracker",
      command: [
        ...["node", program, "--http", "--udp", "--ws", "--quiet", "--port", String(port)],
        ...["--http-hostname", "127.0.0.1", "--udp-hostname", "127.0.0.1", "--udp6-hostname", "::1"],
      ],
      cwd: stage.folder,
    });
    await listens(port);
    return `http://127.0.0.1:${port}/announce`;
  },
};
