// What one remote has told of itself in the extension protocol, and what we remember of it for that.
// https://www.bittorrent.org/beps/bep_0010.html. Nothing is told to it here.

import type { ExtendedHandshake, ExtensionName } from "../../protocol/extension.ts";
import type { PeerAddress } from "../../protocol/compact.ts";
import type { MetadataDebt } from "./metadata_server.ts";
import type { PexNews } from "./peer_exchange.ts";
import type { PexAllowance } from "./pex_intake.ts";

/** One remote that speaks the extension protocol. */
export class PeerExtensions {
  /** True once its handshake is here. */
  hasIntroduced = false;
  /** Client and version in its own words; undefined if not said, here and below. */
  client: string | undefined = undefined;
  /** Where it listens. */
  port: number | undefined = undefined;
  /** Our address as it sees us. */
  yourIp: string | undefined = undefined;
  /** Bytes of the info dictionary as it says: not believed before the hash is right. */
  metadataSize: number | undefined = undefined;
  /** It downloads nothing (more). */
  isUploadOnly = false;
  /** What it wants of the info dictionary; undefined until it asks. */
  metadataDebt: MetadataDebt | undefined = undefined;
  /** What it has been told of other peers, and what it may tell us; undefined until then. */
  pexNews: PexNews | undefined = undefined;
  pexAllowance: PexAllowance | undefined = undefined;
  /** Under which ids it takes what. */
  readonly #ids = new Map<ExtensionName, number>();

  /** Takes in a handshake: what it names changes, the rest stays. */
  update(handshake: ExtendedHandshake, names: readonly ExtensionName[]): void {
    this.hasIntroduced = true;
    for (const name of names) {
      const id = handshake.ids.get(name);
      if (id === 0) this.#ids.delete(name);
      else if (id !== undefined) this.#ids.set(name, id);
    }
    this.client = handshake.client ?? this.client;
    this.port ??= handshake.port; // one that moves about would be known at every place
    this.yourIp = handshake.yourIp ?? this.yourIp;
    this.metadataSize = handshake.metadataSize ?? this.metadataSize;
    this.isUploadOnly = handshake.isUploadOnly ?? this.isUploadOnly;
  }

  /** The id under which it takes these messages; undefined if it doesn't. */
  idOf(name: ExtensionName): number | undefined {
    return this.#ids.get(name);
  }
}

/** Where a remote can be dialled, as far as it is known: the port from which it called is not one that it listens on. */
export function listeningAddress(
  { address, outgoing, extensions }: {
    address: PeerAddress;
    outgoing: boolean;
    extensions: PeerExtensions | undefined;
  },
): PeerAddress | undefined {
  if (outgoing) return address;
  return extensions?.port === undefined ? undefined : { ip: address.ip, port: extensions.port };
}
