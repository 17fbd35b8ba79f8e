// web_tracker_client.js URL INFO_HASH PEER_ID LEFT
// One client of bittorrent-tracker's, over WebSockets. Prints a JSON line for each answer of the tracker ("update",
// "scrape"), for each warning, and for each text that a peer sends over WebRTC ("data"). One that has something left
// scrapes once a peer has spoken to it, then completes, then stops and leaves; the other stays until SIGINT.

import process from "node:process";
import Client from "bittorrent-tracker";
import wrtc from "webrtc-polyfill";

const [announce, infoHash, peerId, text] = process.argv.slice(2);
let left = Number(text);
const say = (type, fields) => console.log(JSON.stringify({ type, ...fields }));
const client = new Client({
  infoHash,
  peerId,
  announce: [announce],
  port: 6881,
  wrtc,
  rtcConfig: { iceServers: [] },
  getAnnounceOpts: () => ({ left, uploaded: 0, downloaded: 0, numwant: 2 }),
});
const leave = () => {
  client.once("update", () => process.exit(0));
  client.stop();
};

client.on("error", (error) => say("error", { message: error.message }));
client.on("warning", (error) => say("warning", { message: error.message }));
client.on("update", ({ complete, incomplete }) => {
  say("update", { complete, incomplete });
  if (text !== "0" && left === 0 && complete === 2) leave();
});
client.on("scrape", ({ complete, downloaded, incomplete }) => {
  say("scrape", { complete, downloaded, incomplete });
  left = 0;
  client.complete();
});
client.on("peer", (peer) => {
  peer.on("connect", () => peer.send(`hello from ${peerId}`));
  peer.on("data", (data) => {
    say("data", { text: new TextDecoder().decode(data) });
    if (left > 0) client.scrape();
  });
  peer.on("error", () => {});
});
process.once("SIGINT", leave);
client.start();
