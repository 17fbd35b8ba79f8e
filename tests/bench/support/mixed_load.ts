// The load of the load bench: `mixed_load.ts PORT SECONDS RATE PEERS SWARMS` announces peers that come and go, half over
// HTTP, half over UDP; `mixed_load.ts PORT SECONDS flood PEERS FIRST` lets so many peers in, and then sends ever new ones,
// numbered from FIRST (10⁸ or more) on, with an announce of one of the old ones after every nine. RATE 0 is as fast as they are answered.
//
// Each minute, and at the end, a line of JSON: what was sent, answered and refused since the line before. The peers name
// addresses of their own with `ip`, which a tracker believes from its own machine.

import { Population } from "./population.ts";
import { announceDatagram, announcePath } from "./announcements.ts";
import type { Announcement } from "./population.ts";

const HOST = "127.0.0.1";
const HTTP_CONNECTIONS = 8;
/** Under way at any time: enough to keep the tracker busy, few enough for a socket's buffer. */
const WINDOW = 64;
const TICK_MS = 5;
const MINUTE_MS = 60_000;
/** Connection ids are good for five minutes at least. */
const CONNECT_MS = 120_000;
/** UDP announces that are not answered by then never will be. */
const LOST_MS = 1000;
const OLD_ONES = 10;

/** New peers of a flood have numbers from here on. */
const NEW_PEERS = 100_000_000;

interface Counts {
  sent: number;
  answered: number;
  refused: number;
  /** Of those: peers that are no news to the tracker. */
  refusedOld: number;
}

const NONE: Counts = { sent: 0, answered: 0, refused: 0, refusedOld: 0 };

function note(counts: Counts, peer: number, isRefused: boolean): void {
  if (!isRefused) counts.answered++;
  else counts.refused++;
  if (isRefused && peer < NEW_PEERS) counts.refusedOld++;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("latin1");

/** Announces over a few connections, each with several under way. */
class HttpLoad {
  readonly counts: Counts = { ...NONE };
  readonly #conns: Deno.TcpConn[];
  /** The peers who wait for an answer on each. */
  readonly #asked: number[][];
  #pending: string[];

  private constructor(conns: Deno.TcpConn[]) {
    this.#conns = conns;
    this.#pending = conns.map(() => "");
    this.#asked = conns.map(() => []);
    conns.forEach((conn, i) => this.#read(conn, this.#asked[i] as number[]));
  }

  static async open(port: number): Promise<HttpLoad> {
    const opening = Array.from({ length: HTTP_CONNECTIONS }, () => Deno.connect({ hostname: HOST, port }));
    return new HttpLoad(await Promise.all(opening));
  }

  get isBusy(): boolean {
    const { answered, refused, sent } = this.counts;
    return sent - answered - refused >= WINDOW;
  }

  send(announcement: Announcement): void {
    const i = this.counts.sent++ % this.#conns.length;
    this.#asked[i]?.push(announcement.peer);
    this.#pending[i] += `GET ${announcePath(announcement)} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`;
  }

  /** What was sent goes out. */
  async flush(): Promise<void> {
    const texts = this.#pending;
    this.#pending = texts.map(() => "");
    await Promise.all(this.#conns.map(async (conn, i) => {
      const bytes = encoder.encode(texts[i]);
      for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
    }));
  }

  async #read(conn: Deno.Conn, asked: number[]): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    for (let text = "";;) {
      const n = await conn.read(buffer);
      if (n === null) throw new Error("The tracker has closed a connection");
      text += decoder.decode(buffer.subarray(0, n));
      for (;;) {
        const head = text.indexOf("\r\n\r\n");
        if (head < 0) break;
        const length = Number(/content-length: (\d+)/.exec(text.slice(0, head))?.[1]);
        const end = head + 4 + length;
        if (text.length < end) break;
        if (!text.startsWith("HTTP/1.1 200")) throw new Error(`Cannot announce: ${text.slice(0, 200)}`);
        note(this.counts, asked.shift() ?? 0, text.startsWith("d14:failure reason", head + 4));
        text = text.slice(end);
      }
    }
  }
}

/** Announces from one socket. */
class UdpLoad {
  readonly counts: Counts = { ...NONE };
  readonly #socket = Deno.listenDatagram({ transport: "udp", hostname: HOST, port: 0 });
  readonly #to: Deno.NetAddr;
  #id: Uint8Array | undefined;
  #connectedAt = -Infinity;
  #askedAt = -Infinity;
  #answeredAt = 0;
  #lost = 0;

  constructor(port: number) {
    this.#to = { transport: "udp", hostname: HOST, port };
    this.#read();
  }

  get isBusy(): boolean {
    return this.#id === undefined || this.#underWay >= WINDOW;
  }

  get #underWay(): number {
    const { answered, refused, sent } = this.counts;
    return sent - answered - refused - this.#lost;
  }

  async send(announcement: Announcement): Promise<void> {
    if (this.#id === undefined) return;
    this.counts.sent++;
    await this.#socket.send(announceDatagram(announcement, this.#id), this.#to);
  }

  /** Connects where that is due, and gives up what is lost. */
  async tick(now: number): Promise<void> {
    if (this.#underWay > 0 && now - this.#answeredAt > LOST_MS) {
      this.#lost += this.#underWay;
      this.#answeredAt = now;
    }
    if (now - this.#connectedAt < CONNECT_MS || now - this.#askedAt < LOST_MS) return;
    this.#askedAt = now;
    await this.#socket.send(Uint8Array.fromHex("000004172710198000000000000000ff"), this.#to);
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(2048);
    for (;;) {
      const [datagram] = await this.#socket.receive(buffer);
      this.#answeredAt = performance.now();
      const view = new DataView(datagram.buffer);
      const action = view.getUint32(0);
      if (action === 1 || action === 3) note(this.counts, view.getUint32(4), action === 3);
      else if (action === 0) {
        this.#id = datagram.slice(8, 16);
        this.#connectedAt = this.#answeredAt;
      }
    }
  }
}

/** Old peers that go on, while ever new ones come. */
class Flood {
  readonly #old: number;
  readonly #first: number;
  #sent = 0;

  constructor({ first, peers }: { peers: number; first: number }) {
    this.#old = peers;
    this.#first = first;
  }

  next(): Announcement {
    const n = this.#sent++;
    if (n < this.#old || n % OLD_ONES === 0) {
      const i = n < this.#old ? n : n / OLD_ONES % this.#old;
      return { swarm: i, peer: 1 + i, left: 1000, event: "none" };
    }
    // A fifth of them with torrents of their own, the others to those of the old ones: both caps are reached.
    const peer = this.#first + n;
    return { swarm: n % 5 === 1 ? peer : n % this.#old, peer, left: 1000, event: "none" };
  }
}

const [port, seconds, rate, peers, last] = Deno.args as [string, string, string, string, string];
const source = rate === "flood"
  ? new Flood({ peers: Number(peers), first: Number(last) })
  : new Population({ peers: Number(peers), swarms: Number(last), seed: 1 });
const perSecond = rate === "flood" || rate === "0" ? Infinity : Number(rate);
const http = await HttpLoad.open(Number(port));
const udp = new UdpLoad(Number(port));
const began = performance.now();
let reported = { at: began, http: { ...http.counts }, udp: { ...udp.counts } };

function report(at: number): void {
  const since = (now: Counts, then: Counts) => ({
    sent: now.sent - then.sent,
    answered: now.answered - then.answered,
    refused: now.refused - then.refused,
    refusedOld: now.refusedOld - then.refusedOld,
  });
  const taken = { at, http: { ...http.counts }, udp: { ...udp.counts } };
  console.log(JSON.stringify({
    seconds: (at - reported.at) / 1000,
    http: since(taken.http, reported.http),
    udp: since(taken.udp, reported.udp),
  }));
  reported = taken;
}

let turn = 0;
for (let sent = 0;;) {
  const now = performance.now();
  if (now - reported.at >= MINUTE_MS) report(now);
  if (now - began >= Number(seconds) * 1000) break;
  await udp.tick(now);
  // What a busy machine has held up is not made up for: that would be another rate.
  const due = Math.min(perSecond * (now - began) / 1000 - sent, perSecond * 10 * TICK_MS / 1000);
  for (let n = 0; n < Math.min(due, 2 * WINDOW); n++) {
    if (http.isBusy && udp.isBusy) break;
    if (++turn % 2 === 0 ? !http.isBusy : udp.isBusy) http.send(source.next());
    else await udp.send(source.next());
  }
  sent = perSecond === Infinity ? 0 : perSecond * (now - began) / 1000;
  await http.flush();
  await new Promise((resolve) => setTimeout(resolve, perSecond === Infinity ? 0 : TICK_MS));
}
if (performance.now() - reported.at > MINUTE_MS / 60) report(performance.now());
Deno.exit(0);
