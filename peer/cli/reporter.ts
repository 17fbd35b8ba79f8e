// How a torrent's events are shown: a JSON object a line, a live line on a terminal, or nothing but trouble.

import type { AnnouncedEvent, ProgressEvent, TorrentEvent, WebSeedEvent } from "../mod.ts";
import { formatBytes, formatPercent, formatRate, formatSeconds, plural, printable } from "./format.ts";
import type { Row } from "./rows.ts";
import type { Terminal } from "./terminal.ts";

/** The bar's width, where there is no room the next one, and then none. */
const BAR_WIDTHS = [20, 10, 0];
/** So many characters of a name are shown where there is no room for more, and where there is none for those. */
const SHORT_NAMES = [24, 8];

/** Shows one torrent's events as they come. */
export interface Reporter {
  on(event: TorrentEvent): void;
}

/** One JSON object a line, with the torrent's info hash and `time` (Unix milliseconds). README documents the events. */
export class JsonReporter implements Reporter {
  #terminal: Pick<Terminal, "print" | "printSoon">;
  #infoHash: string | undefined;

  /** Without an info hash, for what is said before there is a torrent, lines have none. */
  constructor(terminal: Pick<Terminal, "print" | "printSoon">, infoHash?: string) {
    this.#terminal = terminal;
    this.#infoHash = infoHash;
  }

  on(event: TorrentEvent): void {
    const { type, ...rest } = event;
    const line = JSON.stringify({ type, infoHash: this.#infoHash, ...rest, time: Date.now() });
    if (type === "piece") this.#terminal.printSoon(line);
    else this.#terminal.print(line);
  }
}

export interface TextOptions {
  /** The torrent's name, which each line then begins with, where there are several. */
  prefix?: string | undefined;
  /** Said with the news of completion: what happens now. */
  next: string;
}

/** A live line, and the news, where there is a terminal; elsewhere only what went wrong, on standard error. */
export class TextReporter implements Reporter {
  #row: Row;
  #name = "";
  #options: TextOptions;
  /** Trackers and web seeds that failed, with what was said of it: told once, and again when it changes. */
  #silent = new Map<string, string>();

  constructor(row: Row, options: TextOptions) {
    this.#row = row;
    this.#options = options;
  }

  on(event: TorrentEvent): void {
    switch (event.type) {
      case "metadata":
        this.#name = printable(event.name);
        break;
      case "started":
        this.#name = printable(event.name);
        this.#say(
          `${this.#name}: ${formatBytes(event.totalLength)} in ${
            plural(event.pieces, "piece")
          }, port ${event.port}`,
        );
        break;
      case "announced":
        this.#onAnnounced(event);
        break;
      case "webSeed":
        this.#onWebSeed(event);
        break;
      case "progress":
        this.#row.live(...progressLines(this.#name, event));
        break;
      case "complete":
        this.#say(
          event.downloaded === 0
            ? `${this.#prefix}Complete: everything was there${this.#options.next}`
            : `${this.#prefix}Complete: ${formatBytes(event.downloaded)} in ${
              formatSeconds(event.seconds)
            }, ` +
              `${formatRate(event.downloaded / Math.max(event.seconds, 0.001))}${this.#options.next}`,
        );
        break;
      case "error":
        this.#warn(printable(event.message));
        break;
      case "stopped":
        this.#row.clear();
        this.#say(
          `${this.#prefix}Left the swarm: ${formatBytes(event.downloaded)} down, ${
            formatBytes(event.uploaded)
          } up`,
        );
    }
  }

  #onAnnounced({ tracker, ok, error = "", warning, retryIn }: AnnouncedEvent): void {
    const name = printable(tracker);
    if (!ok && this.#silent.get(tracker) !== error) {
      const again = retryIn === undefined ? "" : `: trying again in ${formatSeconds(retryIn)}`;
      this.#warn(`Tracker ${name}: ${printable(error)}${again}`);
    }
    if (warning !== undefined) this.#warn(`Tracker ${name} warns: ${printable(warning)}`);
    if (!ok) this.#silent.set(tracker, error);
    else if (this.#silent.delete(tracker)) this.#warn(`Tracker ${name}: answers again`);
  }

  /** Only of one that failed and is tried again: who sent bad data is told of by the error, and the others were let go. */
  #onWebSeed({ url, reason = "", retryIn }: WebSeedEvent): void {
    if (retryIn === undefined || this.#silent.get(url) === reason) return;
    this.#silent.set(url, reason);
    this.#warn(
      `Web seed ${printable(url)}: ${printable(reason)}: trying again in ${formatSeconds(retryIn)}`,
    );
  }

  get #prefix(): string {
    const { prefix } = this.#options;
    return prefix === undefined ? "" : `${printable(prefix)}: `;
  }

  #say(line: string): void {
    if (this.#row.isTerminal) this.#row.print(line);
  }

  #warn(line: string): void {
    this.#row.warn(`${this.#prefix}${line}`);
  }
}

/**
 * `video.mkv  42.1%  ↓ 12.3 MB/s  ↑ 1.2 MB/s  3 peers  1m 05s left`, with a bar of so many characters before the percents.
 */
export function progressLine(name: string, event: ProgressEvent, barWidth = 0): string {
  const percent = bar(event.progress, barWidth) + formatPercent(event.progress);
  const rates = `↓ ${formatRate(event.downloadRate)}  ↑ ${formatRate(event.uploadRate)}`;
  const webSeeds = event.webSeeds > 0 ? `, ${plural(event.webSeeds, "web seed")}` : "";
  const peers = plural(event.peers, "peer") + webSeeds;
  switch (event.state) {
    case "metadata":
      return `looking for the metadata ${formatPercent(event.progress)}  ${peers}`;
    case "checking":
      return `${name}  checking ${percent}`;
    case "seeding":
      return `${name}  seeding  ↑ ${formatRate(event.uploadRate)}  ${peers}  ${
        formatBytes(event.uploaded)
      } given`;
    case "downloading": {
      const left = event.timeLeft === null ? "" : `  ${formatSeconds(event.timeLeft)} left`;
      return `${name}  ${percent}  ${rates}  ${peers}${left}`;
    }
    default:
      return `${name}  ${event.state}`;
  }
}

/** From the longest to the shortest: how far it is counts more than the bar, and that more than all of a name. */
function progressLines(name: string, event: ProgressEvent): string[] {
  const shorter = SHORT_NAMES.map((length) => progressLine(shorten(name, length), event));
  return [...BAR_WIDTHS.map((width) => progressLine(name, event, width)), ...shorter];
}

function shorten(name: string, length: number): string {
  const chars = [...name];
  return chars.length > length ? `${chars.slice(0, length - 1).join("")}…` : name;
}

/** `█████░░░ `: never full before it is. */
function bar(part: number, width: number): string {
  if (width === 0) return "";
  const done = Math.floor(part * width);
  return `${"█".repeat(done)}${"░".repeat(width - done)} `;
}
