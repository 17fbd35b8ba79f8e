// The changes that a reader can make: each tells what it did, offers the way back where there is one, and has the page asked
// anew. What goes wrong is said, not thrown.

import type {
  Changed,
  EntryChanged,
  ListId,
  ListMode,
  Removed,
  Setting,
  SettingsAnswer,
  SettingsChange,
  Torrent,
} from "../tracker/admin_api.ts";
import type { ApiClient, Change } from "./client.ts";
import type { Notices } from "./notices.ts";
import { reasonOf } from "./reason.ts";
import { text } from "./text.ts";

/** A file that was uploaded, and what is wrong with it, if something is. */
export interface Upload {
  name: string;
  problem: string | null;
}

/** Larger files are no .torrent; the tracker would refuse them after all bytes have been sent. */
const MAX_TORRENT_BYTES = 16 << 20;

export class Changes {
  readonly #client: ApiClient;
  readonly #notices: Notices;
  readonly #onChange: () => void;

  /** `onChange`: something is different at the tracker. */
  constructor(client: ApiClient, notices: Notices, onChange: () => void) {
    this.#client = client;
    this.#notices = notices;
    this.#onChange = onChange;
  }

  signOut(session: { signOut(): Promise<void> }): Promise<void> {
    return this.#try(() => session.signOut());
  }

  dropPeer(infoHash: string, address: string): Promise<void> {
    return this.#try(async () => {
      await this.#send<Changed>(`/api/swarms/${infoHash}/peers/${encodeURIComponent(address)}`, "DELETE");
      this.#notices.done(text.peers.dropped(address));
    });
  }

  deny(infoHash: string): Promise<void> {
    return this.#try(async () => {
      const path = `/api/lists/deny/${infoHash}`;
      await this.#send<EntryChanged>(path, "PUT");
      this.#notices.done(text.swarm.deniedDone, () =>
        this.#takeBack(async () => {
          await this.#send<Removed>(path, "DELETE");
          this.#notices.done(text.swarm.allowedDone);
        }));
    });
  }

  async upload(files: readonly File[], onDone: (upload: Upload) => void): Promise<void> {
    let added = 0;
    // One by one: each has its own word, and a large pile is no single request.
    for (const file of files) {
      const problem = await this.#upload(file);
      if (problem === null) added++;
      onDone({ name: file.name, problem });
    }
    if (added > 0) this.#notices.done(text.torrents.added(added));
    this.#onChange();
  }

  async #upload(file: File): Promise<string | null> {
    if (file.size > MAX_TORRENT_BYTES) return text.torrents.tooLarge;
    // Read here: of a folder, or a file that is gone, the browser would say the same as of a tracker that is.
    const bytes = await file.arrayBuffer().catch(() => null);
    if (bytes === null) return text.torrents.unreadable;
    try {
      await this.#client.send<Torrent>("/api/torrents", { method: "POST", body: new Uint8Array(bytes) });
      return null;
    } catch (error) {
      return reasonOf(error);
    }
  }

  removeTorrent({ infoHash, name }: { infoHash: string; name: string }): Promise<void> {
    return this.#remove(`/api/torrents/${infoHash}`, text.torrents.removed(name));
  }

  removeEntry(list: ListId, entry: string): Promise<void> {
    return this.#remove(`/api/lists/${list}/${encodeURIComponent(entry)}`, text.lists.removed(entry));
  }

  /** Returns what is wrong with the entries, or null if they are on the list. */
  async addEntries(list: ListId, entries: string): Promise<string | null> {
    try {
      const { added } = await this.#send<{ added: number }>(`/api/lists/${list}`, "POST", entries);
      this.#notices.done(text.lists.added(added, text.lists.names[list]));
      this.#onChange();
      return null;
    } catch (error) {
      return reasonOf(error);
    }
  }

  /** `before`: what it was. */
  setMode(mode: ListMode, before: ListMode): Promise<void> {
    return this.#try(async () => {
      await this.#send("/api/lists", "PUT", { mode });
      this.#notices.done(text.lists.modeDone[mode], () =>
        this.#takeBack(async () => {
          await this.#send("/api/lists", "PUT", { mode: before });
          this.#notices.done(text.lists.modeDone[before]);
        }));
    });
  }

  /**
   * `before`: the settings as they were. `onSaved` gets them as they are. Returns what is wrong with the values, or null
   * if they count now.
   */
  async saveSettings(
    change: SettingsChange,
    before: readonly Setting[],
    onSaved: (answer: SettingsAnswer) => void,
  ): Promise<string | null> {
    try {
      onSaved(await this.#send<SettingsAnswer>("/api/settings", "PATCH", change));
      const back = former(change, before);
      this.#notices.done(text.settings.saved(Object.keys(change).length), () =>
        this.#takeBack(async () => {
          onSaved(await this.#send<SettingsAnswer>("/api/settings", "PATCH", back));
          this.#notices.done(text.undone);
        }));
      this.#onChange();
      return null;
    } catch (error) {
      return reasonOf(error);
    }
  }

  #remove(path: string, words: string): Promise<void> {
    return this.#try(async () => {
      const { undo } = await this.#send<Removed>(path, "DELETE");
      this.#notices.done(words, undo === null ? null : () => this.#undo(undo));
    });
  }

  #undo(id: string): Promise<void> {
    return this.#takeBack(async () => {
      const { changed } = await this.#send<Changed>(`/api/undo/${encodeURIComponent(id)}`, "POST");
      if (changed) this.#notices.done(text.undone);
      else this.#notices.failed(text.tooLate);
    });
  }

  /** Where that fails it can be tried again. */
  #takeBack(change: () => Promise<void>): Promise<void> {
    return this.#try(change, () => this.#takeBack(change));
  }

  /** `again`: what the notice of a failure offers. */
  async #try(change: () => Promise<void>, again: (() => Promise<void>) | null = null): Promise<void> {
    try {
      await change();
    } catch (error) {
      this.#notices.failed(text.failed(reasonOf(error)), again);
    }
    this.#onChange();
  }

  #send<Body>(path: string, method: Change["method"], body?: string | object): Promise<Body> {
    return this.#client.send(path, { method, ...(body !== undefined && { body }) });
  }
}

/** What takes a change of settings back. One that wasn't changed here takes the program's own value again. */
function former(change: SettingsChange, before: readonly Setting[]): SettingsChange {
  const named = before.filter(({ name }) => name in change);
  return Object.fromEntries(named.map(({ changed, name, value }) => [name, changed ? value : null]));
}
