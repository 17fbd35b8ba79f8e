// Which torrent an encrypted caller means: it doesn't say the info hash, but what mse.ts makes of it.

import { obfuscate } from "./mse.ts";

/** The info hashes that callers may ask for, found without trying them all. */
export class InfoHashIndex {
  readonly #infoHashes = new Map<string, Uint8Array>();
  /** Resolves when every change so far counts. They count in their order. */
  #changed = Promise.resolve();

  add(infoHash: Uint8Array): Promise<void> {
    return this.#change(infoHash, (obfuscated) => this.#infoHashes.set(obfuscated, infoHash));
  }

  delete(infoHash: Uint8Array): Promise<void> {
    return this.#change(infoHash, (obfuscated) => this.#infoHashes.delete(obfuscated));
  }

  /** `obfuscated` is lower-case hex. */
  find(obfuscated: string): Uint8Array | undefined {
    return this.#infoHashes.get(obfuscated);
  }

  /** Resolves when nothing is under way any more. */
  async close(): Promise<void> {
    await this.#changed;
  }

  #change(infoHash: Uint8Array, change: (obfuscated: string) => void): Promise<void> {
    const hash = obfuscate(infoHash);
    return this.#changed = this.#changed.then(async () => change(await hash));
  }
}
