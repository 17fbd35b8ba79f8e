// One BitTorrent client: a port, a peer id, the disk Workers, and the torrents that share them.

import {
  createPeerId,
  InfoHash,
  type Magnet,
  type Metainfo,
  parseMagnet,
  parseMetainfo,
  type PeerAddress,
} from "../protocol/mod.ts";
import { checkAmounts } from "./amounts.ts";
import { HttpTrackers } from "./announce/http_families.ts";
import { UdpTrackers } from "./announce/udp_tracker.ts";
import { HANDSHAKE_TIMEOUT_MS, RESERVED } from "./dials.ts";
import { Places } from "./engine/peer_places.ts";
import type { Found } from "./found.ts";
import { Heartbeat } from "./heartbeat.ts";
import { tell } from "./listeners.ts";
import type { Log } from "./message_log.ts";
import { MetadataSearch, type SearchOptions } from "./metadata_search.ts";
import type { Encryption } from "./net/encryption.ts";
import { receive } from "./net/handshaker.ts";
import { hangUp } from "./net/hang_up.ts";
import { InfoHashIndex } from "./net/info_hash_index.ts";
import { Listener } from "./net/listener.ts";
import { PublicFetch } from "./net/public_fetch.ts";
import { RateLimiter, type RateLimits } from "./net/rate_limiter.ts";
import { DiskPool } from "./storage/worker_pool.ts";
import { Torrent } from "./torrent.ts";
import type { TorrentHost, TorrentOptions } from "./torrent_options.ts";

/** How a client shows itself to the network and to the machine. */
export interface ClientOptions extends RateLimits {
  /** TCP port for incoming peers. Default 0: any free one. */
  port?: number;
  /** Address to listen on. Default: all, IPv4 and IPv6. */
  hostname?: string;
  /** Whether connections to peers are encrypted. Default "allowed": as the other side wants it. */
  encryption?: Encryption;
  /** Connections of all torrents together, at most. Default 500. */
  maxConnections?: number;
  /** Workers that hash, read and write. Default: one for each core, four at most. */
  diskWorkers?: number;
  /**
   * Gets a line for each message, connection and refusal. What it throws is reported as by `reportError()`, and all goes on.
   * Default: nobody.
   */
  log?: Log;
}

/**
 * Downloads and seeds torrents on one port (BEP 3). Needs `--allow-net`, and `--allow-read`, `--allow-write` for
 * the places that it writes to.
 *
 * @example
 * ```ts
 * import { Client } from "@seedling/seedling";
 *
 * const client = new Client({ port: 0 }); // any free one; 6881 is the usual
 * const torrent = await client.add(await Deno.readFile("video.torrent"), { path: "video.mkv" });
 * await torrent.completed(); // from here on it seeds
 * await client.close();
 * ```
 */
export class Client {
  /** 20 bytes, made anew for each client (BEP 20). */
  readonly peerId: Uint8Array = createPeerId();
  #listener: Listener;
  #disks: DiskPool;
  #heartbeat = new Heartbeat();
  #http: HttpTrackers;
  #udp: UdpTrackers;
  readonly #publicFetch = new PublicFetch();
  #log: Log | undefined;
  #encryption: Encryption;
  #torrents = new Map<string, Torrent>();
  /** Of those of them that are about to go. */
  readonly #removals = new Map<string, Promise<void>>();
  /** Magnet links whose torrents are not here yet. */
  #searches = new Map<string, MetadataSearch>();
  readonly #limiter = new RateLimiter();
  readonly #places: Places;
  #infoHashes = new InfoHashIndex();
  #isClosed = false;

  /**
   * Begins to listen.
   *
   * @throws {PortInUseError} if the port is taken
   * @throws {ListenError} if it can't be listened on for another reason
   * @throws {RangeError} if a limit, or a number of connections or disk Workers, can't be
   */
  constructor(options: ClientOptions = {}) {
    const { log } = options;
    this.#log = log && ((line) => tell(log, line));
    this.#limiter.set(options);
    checkAmounts({ maxConnections: options.maxConnections });
    this.#places = new Places(options.maxConnections ?? 500);
    this.#encryption = options.encryption ?? "allowed";
    this.#disks = new DiskPool(options.diskWorkers === undefined ? {} : { workers: options.diskWorkers });
    // Last of what may fail, or the port would stay taken by a client that nobody can close.
    this.#listener = Listener.listen({
      port: options.port ?? 0,
      ...(options.hostname === undefined ? {} : { hostname: options.hostname }),
      onConnection: (conn, address) => this.#welcome(conn, address),
      onRefused: (address, error) => this.#log?.(`${address.ip} refused: ${error.message}`),
    });
    const { families } = this.#listener;
    this.#http = new HttpTrackers(families);
    this.#udp = new UdpTrackers({ families });
  }

  /** The port in use. */
  get port(): number {
    return this.#listener.port;
  }

  /** What it downloads or seeds at present. */
  get torrents(): Torrent[] {
    return [...this.#torrents.values()];
  }

  /**
   * Starts a torrent: checks what is at `options.path`, fetches what is missing, then seeds. Of a magnet link the torrent
   * is looked for first, as long as it takes: {@link find} tells what is going on meanwhile. One that is being removed, or a
   * search for it that is being stopped, is waited for.
   *
   * @param torrent the bytes of a .torrent, or what `parseMetainfo()` made of them, or a magnet link
   * @throws {MetainfoError} if the bytes are not a torrent; the message names the field
   * @throws {MagnetError} if the text is no magnet link
   * @throws {RangeError} if an option names what there is not, as a file that isn't in the torrent, or an amount can't be
   * @throws {Error} if the torrent is here already, or the client was closed before it could begin
   *
   * @example
   * ```ts
   * import { Client } from "@seedling/seedling";
   *
   * export async function download(magnet: string): Promise<void> {
   *   const client = new Client();
   *   const torrent = await client.add(magnet, { path: "video.mkv" });
   *   await torrent.completed();
   *   await client.close();
   * }
   * ```
   */
  async add(torrent: Uint8Array | Metainfo | Magnet | string, options: TorrentOptions): Promise<Torrent> {
    const { maxPeers, uploadSlots, bufferBytes, cacheBytes } = options;
    checkAmounts({ maxPeers, uploadSlots });
    checkAmounts({ bufferBytes, cacheBytes }, { least: 1 }); // without any memory nothing would come or go
    const metainfo = torrent instanceof Uint8Array
      ? await parseMetainfo(torrent)
      : typeof torrent === "object" && "infoBytes" in torrent
      ? torrent
      : await this.#look(typeof torrent === "string" ? parseMagnet(torrent) : torrent, options);
    const { hex, bytes } = metainfo.infoHash;
    await this.#infoHashes.add(bytes); // before the torrent is: its first event comes a turn of the event loop later
    let found: Found | undefined;
    try {
      for (let end = this.#ending(hex); end !== undefined; end = this.#ending(hex)) await end;
      this.#refuse("add", hex, metainfo.name);
      found = this.#searches.get(hex)?.handOver();
      const added = new Torrent(metainfo, options, this.#host(), found);
      this.#torrents.set(hex, added);
      return added;
    } catch (error) {
      await found?.end(); // nobody else would
      await this.#infoHashes.delete(bytes);
      throw error;
    }
  }

  /**
   * Looks for the torrent of a magnet link (BEP 9): asks its trackers and peers for the metadata. `add()` with these goes
   * on from there. Until then nothing is written.
   *
   * @throws {MagnetError} if the text is no magnet link
   * @throws {Error} if the torrent is here already, or being looked for, or the client is closed
   *
   * @example
   * ```ts
   * import { Client } from "@seedling/seedling";
   *
   * export async function download(magnet: string): Promise<void> {
   *   const client = new Client();
   *   const search = client.find(magnet);
   *   search.subscribe((event) => event.type === "progress" && console.log(event.peers, "peers"));
   *   const metainfo = await search.metainfo();
   *   const torrent = await client.add(metainfo, { path: metainfo.name });
   *   await torrent.completed();
   *   await client.close();
   * }
   * ```
   */
  find(magnet: Magnet | string, options: SearchOptions = {}): MetadataSearch {
    const link = typeof magnet === "string" ? parseMagnet(magnet) : magnet;
    const { bytes, hex } = link.infoHash;
    this.#refuse("find", hex, link.name ?? "the magnet link's torrent");
    const before = this.#searches.get(hex);
    if (before !== undefined && before.state !== "failed") {
      throw new Error(`Cannot find ${link.name ?? hex}: it is being looked for already: got ${hex}`);
    }
    const search = new MetadataSearch(link, options, this.#host(), () => {
      // One that has failed may have been followed by another while it was ending.
      if (this.#searches.get(hex) === search) this.#searches.delete(hex);
      void this.#infoHashes.delete(bytes);
    }, before?.stop());
    this.#searches.set(hex, search);
    void this.#infoHashes.add(bytes);
    return search;
  }

  /**
   * Changes the limits of all torrents together, at once.
   *
   * @throws {RangeError} if one is below 0 or no number
   */
  setLimits(limits: RateLimits): void {
    this.#limiter.set(limits);
  }

  /** Stops a torrent and forgets it; its files stay. */
  async remove(torrent: Torrent): Promise<void> {
    const { hex } = torrent.infoHash;
    if (this.#torrents.get(hex) !== torrent) return await torrent.stop(); // removed before, another may be in its place
    let removal = this.#removals.get(hex);
    if (removal === undefined) this.#removals.set(hex, removal = this.#forget(torrent));
    await removal;
  }

  /**
   * Stops every torrent and search, then the port and the Workers; nothing more is taken on. Idempotent.
   *
   * @throws {Error} the first that kept something from ending well, when all has ended
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    const ends = await Promise.allSettled([
      this.#listener.close(),
      ...this.torrents.map((torrent) => torrent.stop()),
      ...this.#searches.values().map((search) => search.stop()),
    ]);
    this.#http.close();
    this.#udp.close();
    this.#publicFetch.close();
    await this.#infoHashes.close();
    await this.#disks.close();
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }

  async #forget(torrent: Torrent): Promise<void> {
    const { bytes, hex } = torrent.infoHash;
    try {
      await torrent.stop();
    } finally {
      this.#torrents.delete(hex);
      await this.#infoHashes.delete(bytes);
      this.#removals.delete(hex);
    }
  }

  async #look(magnet: Magnet, options: SearchOptions): Promise<Metainfo> {
    const { hex } = magnet.infoHash;
    for (let end = this.#ending(hex); end !== undefined; end = this.#ending(hex)) await end;
    return await this.find(magnet, options).metainfo();
  }

  /**
   * Resolves when what is about to end of this torrent has ended. What follows waits for it: two must not write to the same
   * files, and the trackers, who know both by one peer id, must hear of the end first.
   */
  #ending(infoHash: string): Promise<void> | undefined {
    return this.#removals.get(infoHash)?.catch(() => {}) ?? this.#searches.get(infoHash)?.ending;
  }

  async #welcome(conn: Deno.TcpConn, address: PeerAddress): Promise<void> {
    const greeting = await receive(conn, {
      timeoutMs: HANDSHAKE_TIMEOUT_MS,
      encryption: this.#encryption,
      findInfoHash: (obfuscated) => this.#infoHashes.find(obfuscated),
      introduce: (infoHash) => {
        const torrent = this.#memberOf(infoHash);
        return torrent && { infoHash: torrent.infoHash.bytes, peerId: this.peerId, reserved: RESERVED };
      },
    });
    const torrent = this.#memberOf(InfoHash.fromBytes(greeting.infoHash).hex);
    if (torrent === undefined) hangUp(conn);
    else torrent.accept(conn, greeting, address);
  }

  /** Who takes callers for this info hash. */
  #memberOf(infoHash: string): Torrent | MetadataSearch | undefined {
    return this.#torrents.get(infoHash) ?? this.#searches.get(infoHash);
  }

  /** Throws if there is no place for this torrent. */
  #refuse(verb: "add" | "find", infoHash: string, name: string): void {
    if (this.#isClosed) throw new Error(`Cannot ${verb} ${name}: the client is closed`);
    if (this.#torrents.has(infoHash)) {
      const state = this.#removals.has(infoHash) ? "is being removed" : "is here already";
      throw new Error(`Cannot ${verb} ${name}: it ${state}: got ${infoHash}`);
    }
  }

  #host(): TorrentHost {
    return {
      peerId: this.peerId,
      port: this.port,
      disks: this.#disks,
      heartbeat: this.#heartbeat,
      http: this.#http,
      udp: this.#udp,
      publicFetch: this.#publicFetch,
      log: this.#log,
      encryption: this.#encryption,
      limiter: this.#limiter,
      places: this.#places,
    };
  }
}
