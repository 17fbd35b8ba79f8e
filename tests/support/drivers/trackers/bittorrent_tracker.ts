// bittorrent-tracker, the Node tracker of the webtorrent family, from node/package.json.

import { findNodePackage, installNodePrograms } from "../clients/webtorrent.ts";
import { freePort } from "../stage.ts";
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
        ...["node", program, "--http", "--ws", "--quiet"],
        ...["--http-hostname", "127.0.0.1", "--port", String(port)],
      ],
      cwd: stage.folder,
    });
    await listens(port);
    return `http://127.0.0.1:${port}/announce`;
  },
};
