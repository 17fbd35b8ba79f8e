// Shorthand for tests of peers in browsers: what they say, and what they have been told.

import type { TrackerRules } from "../../tracker/options.ts";
import { Tracker } from "../../tracker/tracker.ts";
import type { WebConnection, WebGuest, WebPeer } from "../../tracker/web_swarms.ts";
import { WebTracker } from "../../tracker/web_tracker.ts";
import { seededRandom } from "../support/random.ts";
import { id } from "./announcing.ts";

/** What a browser is told, as far as tests look at it. */
export interface Message {
  action?: string;
  info_hash?: string;
  peer_id?: string;
  offer_id?: string;
  "failure reason"?: string;
  complete?: number;
  incomplete?: number;
  interval?: number;
  offer?: { type: string; sdp: string };
  answer?: { type: string; sdp: string };
  files?: Record<string, unknown>;
}

/** A browser's connection: what was sent to it. */
export class Browser implements WebConnection {
  readonly endpoint: Uint8Array;
  readonly peers = new Map<number, WebPeer>();
  readonly guests = new Map<string, WebGuest>();
  #inbox: Message[] = [];
  readonly #web: WebTracker;
  readonly #name: string;

  constructor(web: WebTracker, name: string, address = [192, 0, 2, 1], port = 50_000) {
    this.#web = web;
    this.#name = name;
    this.endpoint = Uint8Array.from([...address, port >>> 8, port & 255]);
  }

  send(text: string): void {
    this.#inbox.push(JSON.parse(text));
  }

  /** Says something, and takes what has come since the last time. */
  say(fields: Record<string, unknown>, now = 0): Message[] {
    this.#web.receive(JSON.stringify(fields), this, now);
    return this.take();
  }

  announce(fields: Record<string, unknown> = {}, now = 0): Message[] {
    return this.say(
      { action: "announce", info_hash: id("a"), peer_id: id(this.#name), left: 10, ...fields },
      now,
    );
  }

  take(): Message[] {
    return this.#inbox.splice(0);
  }
}

/** A tracker at time 0 whose choices are the same in every run, and browsers, each from an address of its own. */
export function newWeb(rules: TrackerRules = {}) {
  const tracker = new Tracker(rules, { now: 0, random: seededRandom(1) });
  const web = new WebTracker(tracker);
  let addresses = 0;
  const browser = (name: string) => new Browser(web, name, [192, 0, 2, ++addresses]);
  return { browser, tracker, web };
}

/** An announce's offers, by names. */
export function offers(...names: string[]) {
  return names.map((name) => ({ offer: { type: "offer", sdp: `sdp of ${name}` }, offer_id: id(name) }));
}
