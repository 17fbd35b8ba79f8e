// A tracker to look at, with peers that announce when the test says so.

import {
  type AnnounceRequest,
  announceUrl,
  encodeMetainfo,
  fromHex,
  parseMetainfo,
  toBinary,
  toHex,
} from "../../protocol/mod.ts";
import { createTracker, type TrackerHandle, type TrackerOptions } from "../../tracker/mod.ts";
import { makeTempDir, type TempDir } from "../support/temp_dir.ts";
import { type Busyness, writeBusyFiles } from "./busy_tracker.ts";

const HOST = "127.0.0.1";
const TOKEN = "the-token-of-these-tests";

/** One announce, with everything that a test doesn't care for filled in. */
export interface Announce extends Partial<Omit<AnnounceRequest, "infoHash" | "peerId">> {
  /** Hex. */
  infoHash: string;
  port: number;
  /** The first eight characters of the peer id. Default "-SE0100-". */
  client?: string;
}

/** A tracker that can be stopped and started again on the port it had. */
export class LiveTracker implements AsyncDisposable {
  readonly #folder: TempDir;
  readonly #options: TrackerOptions;
  #tracker: TrackerHandle | undefined;
  #port = 0;
  #adminPort = 0;

  private constructor(folder: TempDir, options: TrackerOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  /** One that knows these names: torrents of a single file of `totalBytes` each. */
  static async start(
    names: readonly string[] = [],
    { totalBytes = 1_000_000, ...options }: TrackerOptions & { totalBytes?: number } = {},
  ): Promise<LiveTracker> {
    const folder = await makeTempDir();
    // Sessions survive a restart where something is kept.
    const live = new LiveTracker(folder, { data: folder.join("tracker.sqlite"), ...options });
    for (const [i, name] of names.entries()) {
      await Deno.writeFile(live.#folder.join(`${i}.torrent`), torrentOf(name, totalBytes));
    }
    await live.resume();
    return live;
  }

  /** One with ten thousand swarms and two hundred thousand peers. */
  static async startBusy(busyness?: Busyness): Promise<LiveTracker> {
    const folder = await makeTempDir();
    const data = folder.join("tracker.sqlite");
    await writeBusyFiles(data, busyness);
    const live = new LiveTracker(folder, { data });
    await live.resume();
    return live;
  }

  /** The page's address with the token, as the tracker prints it. */
  link(path = "/"): string {
    return `${this.origin}${path}#token=${TOKEN}`;
  }

  get token(): string {
    return TOKEN;
  }

  /** Of the page. */
  get origin(): string {
    return `${this.#scheme}://${HOST}:${this.#adminPort}`;
  }

  /** Where peers announce. */
  get announceUrl(): string {
    return `${this.#scheme}://${HOST}:${this.#port}/announce`;
  }

  get #scheme(): string {
    return this.#options.tls === undefined ? "http" : "https";
  }

  /** Info hash of the torrent with this name, hex. */
  async infoHashOf(name: string, totalBytes = 1_000_000): Promise<string> {
    const { infoHash } = await parseMetainfo(torrentOf(name, totalBytes));
    return infoHash.hex;
  }

  async resume(): Promise<void> {
    this.#tracker = createTracker({
      host: HOST,
      port: this.#port,
      torrents: this.#folder.path,
      adminToken: TOKEN,
      log: () => {},
      ...this.#options,
    });
    const { admin, port } = await this.#tracker.start();
    this.#port = port;
    this.#adminPort = admin?.port ?? port;
  }

  async stop(): Promise<void> {
    await this.#tracker?.close();
    this.#tracker = undefined;
  }

  /** Announces, and returns why it was refused; null if it wasn't. */
  async refusal({ infoHash, client = "-SE0100-", ...rest }: Announce): Promise<string | null> {
    const url = announceUrl(this.announceUrl, {
      infoHash: toBinary(fromHex(infoHash)),
      peerId: `${client}${String(rest.port).padStart(12, "0")}`,
      uploaded: 0,
      downloaded: 0,
      left: 0,
      event: "started",
      compact: true,
      ...rest,
    });
    const response = await fetch(url);
    const answer = await response.text();
    return /14:failure reason\d+:(.*?)(?=\d+:|e$)/.exec(answer)?.[1] ?? null;
  }

  async announce(announce: Announce): Promise<void> {
    const refusal = await this.refusal(announce);
    if (refusal !== null) throw new Error(`Cannot announce: ${refusal}`);
  }

  /** Takes what an operator's script sends to the API. */
  async api(method: string, path: string, body?: string | FormData): Promise<Response> {
    return await fetch(`${this.origin}/api/${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}` },
      ...(body !== undefined && { body }),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#folder[Symbol.asyncDispose]();
  }
}

/** A number → an info hash that belongs to no torrent. */
export function strangeHash(number: number): string {
  const bytes = new Uint8Array(20);
  // Spread over the front, so that the short form of the hash differs too.
  new DataView(bytes.buffer).setUint32(0, Math.imul(number + 1, 0x9e3779b1));
  return toHex(bytes);
}

/** A .torrent of a single file. */
export function torrentOf(name: string, length: number): Uint8Array<ArrayBuffer> {
  return encodeMetainfo({ name, length, pieceLength: 1 << 20, pieces: new Uint8Array(20) }).slice();
}
