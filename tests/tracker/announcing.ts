// Shorthand for the tracker's tests: announces with everything filled in, addresses as text, time as a number.

import { type AnnounceRequest, parseIp, UNKNOWN_LEFT } from "../../protocol/mod.ts";
import type { TrackerRules } from "../../tracker/options.ts";
import { readEndpoint } from "../../tracker/peer_picker.ts";
import { Tracker } from "../../tracker/tracker.ts";
import type { UdpResponder } from "../../tracker/udp_responder.ts";
import { seededRandom } from "../support/random.ts";

export { UNKNOWN_LEFT };

/** An info hash or peer id: the text, filled up to 20 bytes. */
export function id(text: string): string {
  return text.padEnd(20, ".").slice(0, 20);
}

/** A tracker at time 0 whose choices are the same in every run. */
export function newTracker(rules: TrackerRules = {}, seed = 1): Tracker {
  return new Tracker(rules, { now: 0, random: seededRandom(seed) });
}

/** What a test says of an announce: who and from where, the rest if it matters. */
export interface Said extends Partial<Omit<AnnounceRequest, "infoHash" | "peerId">> {
  /** Name of the swarm. Default "a". */
  swarm?: string;
  /** Name of the peer, its peer id. Default its address. */
  peer?: string;
  /** Where it comes from: "192.0.2.1:6881" or "[2001:db8::1]:6881". */
  at: string;
  now?: number;
}

/** A whole announce. */
export function request({ at, now: _now, peer, swarm = "a", ...rest }: Said): AnnounceRequest {
  const { port } = split(at);
  return {
    infoHash: id(swarm),
    peerId: id(peer ?? at),
    port,
    uploaded: 0,
    downloaded: 0,
    left: 1000,
    event: "none",
    ...rest,
  };
}

/** Announces in compact form; the peers as sorted texts. */
export function announce(
  tracker: Tracker,
  said: Said,
): { complete: number; incomplete: number; peers: string[] } {
  const { complete, incomplete, peers, peers6 } = tracker.announce(
    request(said),
    addressOf(said.at),
    said.now ?? 0,
  );
  return { complete, incomplete, peers: [...endpoints(peers, 6), ...endpoints(peers6, 18)].sort() };
}

export function addressOf(at: string): Uint8Array {
  const bytes = parseIp(split(at).ip);
  if (bytes === undefined) throw new Error(`Cannot read an address: got ${at}`);
  return bytes;
}

function split(at: string): { ip: string; port: number } {
  const colon = at.lastIndexOf(":");
  return { ip: at.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(at.slice(colon + 1)) };
}

/** Compact peers as texts. */
export function endpoints(compact: Uint8Array, length: number): string[] {
  return Array.from({ length: compact.length / length }, (_, i) => {
    const { ip, port } = readEndpoint(compact.subarray(i * length, (i + 1) * length));
    return length === 6 ? `${ip}:${port}` : `[${ip}]:${port}`;
  });
}

/** What a responder without a store answers at once to the datagram in its space. Borrowed. */
export function answerNow(
  responder: UdpResponder,
  length: number,
  from: Uint8Array,
  now = 0,
): Uint8Array | undefined {
  const answer = responder.answer(length, from, now);
  if (answer instanceof Promise) throw new Error("what is in memory has to be answered at once");
  return answer;
}
