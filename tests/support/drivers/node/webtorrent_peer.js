// webtorrent_peer.js TORRENT|MAGNET FOLDER PORT
// One webtorrent client with one torrent. Prints "listening", then "complete" once every piece is verified, and
// seeds until SIGINT, on which it tells the tracker that it leaves.

import { readFileSync } from "node:fs";
import process from "node:process";
import WebTorrent from "webtorrent";

const [torrent, folder, port] = process.argv.slice(2);
// TCP, WebRTC for trackers of that kind, the tracker and the torrent's web seeds only: nothing that reaches beyond the
// swarm's own network.
const client = new WebTorrent({
  torrentPort: Number(port),
  dht: false,
  lsd: false,
  natUpnp: false,
  natPmp: false,
  utp: false,
  tracker: { rtcConfig: { iceServers: [] } },
});
client.on("error", (error) => {
  console.log(`# ${error.stack}`);
  process.exit(1);
});
client.on("listening", () => console.log("listening"));
client.add(torrent.startsWith("magnet:") ? torrent : readFileSync(torrent), { path: folder }, (added) => {
  added.on("wire", (_wire, address) => console.log(`# wire ${address}`));
  added.on("warning", (warning) => console.log(`# ${warning}`));
  if (added.done) console.log("complete");
  else added.on("done", () => console.log("complete"));
});
process.once("SIGINT", () => client.destroy(() => process.exit(0)));
