// What one torrent tells those who listen: its state, how far it is, and its events.

import type { Metainfo } from "../protocol/mod.ts";
import type { TorrentEngine } from "./engine/torrent_engine.ts";
import type { TorrentEvent, TorrentState } from "./events.ts";
import { Listeners } from "./listeners.ts";
import { progressEvent } from "./torrent_report.ts";

/** Between two progress events while checking. */
const CHECK_REPORT_MS = 200;

/** The torrent among peers: a part of Membership. */
export interface Swarming {
  readonly engine: TorrentEngine;
  readonly peers: number;
  readonly webSeeds: number;
}

/** One torrent's. */
export class TorrentNews {
  readonly #metainfo: Metainfo;
  readonly #listeners = new Listeners();
  #state: TorrentState = "checking";
  #checked = 0;
  /** When the check was told of last, or began. */
  #checkToldAt: number | undefined;
  /** Undefined until it goes among peers. */
  swarming: Swarming | undefined;

  constructor(metainfo: Metainfo) {
    this.#metainfo = metainfo;
  }

  /** Returns what ends it. */
  subscribe(listener: (event: TorrentEvent) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Somebody listens. */
  get isHeard(): boolean {
    return this.#listeners.size > 0;
  }

  /** Where the torrent stands. A change is told as progress. */
  get state(): TorrentState {
    return this.#state;
  }

  set state(state: TorrentState) {
    this.#state = state;
    this.progress();
  }

  /** The check has looked at one more piece. */
  pieceChecked(now: number): void {
    this.#checked++;
    this.#checkToldAt ??= now;
    if (now - this.#checkToldAt < CHECK_REPORT_MS) return;
    this.#checkToldAt = now;
    this.progress();
  }

  /** Tells how far the torrent is. */
  progress(): void {
    if (!this.isHeard) return;
    this.tell(progressEvent({
      metainfo: this.#metainfo,
      state: this.#state,
      engine: this.swarming?.engine,
      checked: this.#checked,
      peers: this.swarming?.peers ?? 0,
      webSeeds: this.swarming?.webSeeds ?? 0,
    }, performance.now()));
  }

  tell(event: TorrentEvent): void {
    this.#listeners.emit(event);
  }
}
