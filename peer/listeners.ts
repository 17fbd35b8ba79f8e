// What an embedding program has given us to call. A bug in there is that program's, and costs no torrent its download: what
// it throws is reported as an uncaught error, as EventTarget does it, and all else goes on.

import type { TorrentEvent } from "./events.ts";

/** Calls what belongs to the embedding program: never throws. */
export function tell<T>(listener: (news: T) => void, news: T): void {
  try {
    listener(news);
  } catch (error) {
    reportError(error);
  }
}

/** Who hears of a torrent's events. */
export class Listeners {
  /** Each in an entry of its own: the same one may be there twice. */
  #entries = new Set<{ listener: (event: TorrentEvent) => void }>();

  /** Returns what ends it. */
  add(listener: (event: TorrentEvent) => void): () => void {
    const entry = { listener };
    this.#entries.add(entry);
    return () => this.#entries.delete(entry);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Who begins to listen meanwhile hears the next one, or one that begins anew at each event would never have done. */
  emit(event: TorrentEvent): void {
    for (const entry of [...this.#entries]) if (this.#entries.has(entry)) tell(entry.listener, event);
  }
}
