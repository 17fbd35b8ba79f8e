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
import { createTracker, type TrackerHandle } from "../../tracker/mod.ts";
import { makeTempDir, type TempDir } from "../support/temp_dir.ts";

const HOST = "127.0.0.1";

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
  #tracker: TrackerHandle | undefined;
  #port = 0;

  private constructor(folder: TempDir) {
    this.#folder = folder;
  }

  /** One that knows these names: torrents of a single file of `totalBytes` each. */
  static async start(names: readonly string[] = [], totalBytes = 1_000_000): Promise<LiveTracker> {
    const live = new LiveTracker(await makeTempDir());
    for (const [i, name] of names.entries()) {
      await Deno.writeFile(live.#folder.join(`${i}.torrent`), torrentOf(name, totalBytes));
    }
    await live.resume();
    return live;
  }

  get origin(): string {
    return `http://${HOST}:${this.#port}`;
  }

  /** Info hash of the torrent with this name, hex. */
  async infoHashOf(name: string, totalBytes = 1_000_000): Promise<string> {
    const { infoHash } = await parseMetainfo(torrentOf(name, totalBytes));
    return infoHash.hex;
  }

  async resume(): Promise<void> {
    this.#tracker = createTracker({ host: HOST, port: this.#port, torrents: this.#folder.path });
    this.#port = (await this.#tracker.start()).port;
  }

  async stop(): Promise<void> {
    await this.#tracker?.close();
    this.#tracker = undefined;
  }

  async announce({ infoHash, client = "-SE0100-", ...rest }: Announce): Promise<void> {
    const url = announceUrl(`${this.origin}/announce`, {
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
    if (answer.includes("failure reason")) throw new Error(`Cannot announce: ${answer}`);
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

function torrentOf(name: string, length: number): Uint8Array {
  return encodeMetainfo({ name, length, pieceLength: 1 << 20, pieces: new Uint8Array(20) });
}
