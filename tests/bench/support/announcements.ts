// What the load bench's peers say, as a query and as a datagram. No code of ours that is measured takes part.

import type { Announcement } from "./population.ts";

const EVENTS = ["none", "completed", "started", "stopped"] as const;
const DATAGRAM = 98;
const encoder = new TextEncoder();

/** 20 characters. */
function infoHash(swarm: number): string {
  return `swarm ${swarm}`.padEnd(20, ".");
}

function peerId(peer: number): string {
  return `-SE0100-${String(peer).padStart(12, "0")}`;
}

/** An address and a port of its own, in 16 million addresses that are nobody's network. */
function endpoint(peer: number): { ip: number; port: number } {
  return { ip: 0x0b000000 + peer % 0x1000000, port: 1024 + peer % 60_000 };
}

/** The path and query of an announce over HTTP. */
export function announcePath({ event, left, peer, swarm }: Announcement): string {
  const { ip, port } = endpoint(peer);
  const dotted = [24, 16, 8, 0].map((shift) => (ip >>> shift) & 255).join(".");
  // As libtorrent writes what goes over UDP as a number: the same peer announces over both.
  const key = peer.toString(16).toUpperCase().padStart(8, "0");
  const said = event === "none" ? "" : `&event=${event}`;
  return `/announce?info_hash=${infoHash(swarm).replaceAll(" ", "%20")}&peer_id=${
    peerId(peer)
  }&ip=${dotted}&port=${port}&uploaded=0&downloaded=0&left=${left}&compact=1&numwant=50&key=${key}${said}`;
}

/** An announce over UDP (BEP 15). `id`: the connection's. */
export function announceDatagram({ event, left, peer, swarm }: Announcement, id: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(DATAGRAM);
  const view = new DataView(bytes.buffer);
  const { ip, port } = endpoint(peer);
  bytes.set(id);
  view.setUint32(8, 1);
  view.setUint32(12, peer);
  bytes.set(encoder.encode(infoHash(swarm)), 16);
  bytes.set(encoder.encode(peerId(peer)), 36);
  view.setUint32(68, left);
  view.setUint32(80, EVENTS.indexOf(event));
  view.setUint32(84, ip);
  view.setUint32(88, peer);
  view.setInt32(92, 50);
  view.setUint16(96, port);
  return bytes;
}
