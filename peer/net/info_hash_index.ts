// Which torrent an encrypted caller means: it doesn't say the info hash, but what mse.ts makes of it.

import { obfuscate } from "./mse.ts";

/** The info hashes that callers may ask for, found without trying them all. */
export class InfoHashIndex {
  readonly #entries = new Map<string, { readonly infoHash: Uint8Array; adds: number }>();
  /** Resolves when every change so far counts. They count in their order. */
  #changed = Promise.resolve();

  /** One more may be asked for by it. */
  add(infoHash: Uint8Array): Promise<void> {
    return this.#change(infoHash, (obfuscated) => {
      const entry = this.#entries.get(obfuscated);
      if (entry === undefined) this.#entries.set(obfuscated, { infoHash, adds: 1 });
      else entry.adds++;
    });
  }

  /** One that was added is gone: whoever is added in its place, before or after, stays. */
  delete(infoHash: Uint8Array): Promise<void> {
    return this.#change(infoHash, (obfuscated) => {
      const entry = this.#entries.get(obfuscated);
      if (entry !== undefined && --entry.adds === 0) this.#entries.delete(obfuscated);
    });
  }

  /** `obfuscated` is lower-case hex. */
  find(obfuscated: string): Uint8Array | undefined {
    return this.#entries.get(obfuscated)?.infoHash;
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
