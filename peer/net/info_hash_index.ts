// Which torrent an encrypted caller means: it doesn't say the info hash, but what mse.ts makes of it.

import { obfuscate } from "./mse.ts";

/** The info hashes that callers may ask for, found without trying them all. */
export class InfoHashIndex {
  readonly #infoHashes = new Map<string, Uint8Array>();

  async add(infoHash: Uint8Array): Promise<void> {
    this.#infoHashes.set(await obfuscate(infoHash), infoHash);
  }

  async delete(infoHash: Uint8Array): Promise<void> {
    this.#infoHashes.delete(await obfuscate(infoHash));
  }

  /** `obfuscated` is lower-case hex. */
  find(obfuscated: string): Uint8Array | undefined {
    return this.#infoHashes.get(obfuscated);
  }
}
