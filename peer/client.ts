// One BitTorrent client: a port, a peer id, the disk Workers, and the torrents that share them.

import { createPeerId, InfoHash, type Metainfo, parseMetainfo, type PeerAddress } from "../protocol/mod.ts";
import { HANDSHAKE_TIMEOUT_MS, RESERVED } from "./connections.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { Log } from "./message_log.ts";
import { receive } from "./net/handshaker.ts";
import { Listener } from "./net/listener.ts";
import { DiskPool } from "./storage/worker_pool.ts";
import { Torrent } from "./torrent.ts";
import type { TorrentOptions } from "./torrent_options.ts";

/** How a client shows itself to the network and to the machine. */
export interface ClientOptions {
  /** TCP port for incoming peers. Default 0: any free one. */
  port?: number;
  /** Address to listen on. Default: all, IPv4 and IPv6. */
  hostname?: string;
  /** Workers that hash, read and write. Default: one for each core, four at most. */
  diskWorkers?: number;
  /** Gets a line for each message, connection and refusal. Default: nobody. */
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
  #log: Log | undefined;
  #torrents = new Map<string, Torrent>();

  /**
   * Begins to listen.
   *
   * @throws {PortInUseError} if the port is taken
   * @throws {ListenError} if it can't be listened on for another reason
   */
  constructor(options: ClientOptions = {}) {
    this.#log = options.log;
    this.#listener = Listener.listen({
      port: options.port ?? 0,
      ...(options.hostname === undefined ? {} : { hostname: options.hostname }),
      onConnection: (conn, address) => this.#welcome(conn, address),
      onRefused: (address, error) => this.#log?.(`${address.ip} refused: ${error.message}`),
    });
    this.#disks = new DiskPool(options.diskWorkers === undefined ? {} : { workers: options.diskWorkers });
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
   * Starts a torrent: checks what is at `options.path`, fetches what is missing, then seeds.
   *
   * @param torrent the bytes of a .torrent, or what `parseMetainfo()` made of them
   * @throws {MetainfoError} if the bytes are not a torrent; the message names the field
   * @throws {Error} if the torrent is here already
   */
  async add(torrent: Uint8Array | Metainfo, options: TorrentOptions): Promise<Torrent> {
    const metainfo = torrent instanceof Uint8Array ? await parseMetainfo(torrent) : torrent;
    const { hex } = metainfo.infoHash;
    if (this.#torrents.has(hex)) {
      throw new Error(`Cannot add ${metainfo.name}: it is here already: got ${hex}`);
    }
    const added = new Torrent(metainfo, options, {
      peerId: this.peerId,
      port: this.port,
      disks: this.#disks,
      heartbeat: this.#heartbeat,
      log: this.#log,
    });
    this.#torrents.set(hex, added);
    return added;
  }

  /** Stops a torrent and forgets it; its files stay. */
  async remove(torrent: Torrent): Promise<void> {
    await torrent.stop();
    this.#torrents.delete(torrent.infoHash.hex);
  }

  /** Stops every torrent, then the port and the Workers. Idempotent. */
  async close(): Promise<void> {
    await Promise.all([this.#listener.close(), ...this.torrents.map((torrent) => torrent.stop())]);
    await this.#disks.close();
  }

  async #welcome(conn: Deno.TcpConn, address: PeerAddress): Promise<void> {
    const handshake = await receive(conn, HANDSHAKE_TIMEOUT_MS, (infoHash) => {
      const torrent = this.#torrents.get(infoHash);
      return torrent && { infoHash: torrent.infoHash.bytes, peerId: this.peerId, reserved: RESERVED };
    });
    const torrent = this.#torrents.get(InfoHash.fromBytes(handshake.infoHash).hex);
    if (torrent === undefined) conn.close();
    else torrent.accept(conn, handshake, address);
  }
}
