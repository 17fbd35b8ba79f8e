import assert from "node:assert/strict";
import { JsonReporter, progressLine, TextReporter } from "../../../peer/cli/reporter.ts";
import { Terminal } from "../../../peer/cli/terminal.ts";
import type { AnnouncedEvent, ProgressEvent, WebSeedEvent } from "../../../peer/events.ts";

class PaperTerminal extends Terminal {
  readonly lines: string[] = [];
  override print(line: string): void {
    this.lines.push(`out ${line}`);
  }
  override warn(line: string): void {
    this.lines.push(`err ${line}`);
  }
  override live(...lines: string[]): void {
    this.lines.push(...lines.map((line) => `live ${line}`));
  }
  override clear(): void {}
}

const progress: ProgressEvent = {
  type: "progress",
  state: "downloading",
  progress: 0.4215,
  verified: 4215,
  left: 5785,
  downloaded: 4300,
  uploaded: 200,
  downloadRate: 12_300_000,
  uploadRate: 1_200_000,
  peers: 3,
  webSeeds: 0,
  timeLeft: 65,
};

Deno.test("progressLine() shows percent, rates, peers and time left", () => {
  assert.equal(
    progressLine("a.mkv", progress),
    "a.mkv  42.1%  ↓ 12.3 MB/s  ↑ 1.2 MB/s  3 peers  1m 05s left",
  );
  assert.equal(
    progressLine("a.mkv", { ...progress, timeLeft: null, peers: 1 }),
    "a.mkv  42.1%  ↓ 12.3 MB/s  ↑ 1.2 MB/s  1 peer",
  );
  assert.equal(
    progressLine("a.mkv", { ...progress, webSeeds: 1 }),
    "a.mkv  42.1%  ↓ 12.3 MB/s  ↑ 1.2 MB/s  3 peers, 1 web seed  1m 05s left",
  );
  assert.equal(progressLine("a.mkv", { ...progress, state: "checking" }), "a.mkv  checking 42.1%");
  assert.equal(
    progressLine("a.mkv", { ...progress, state: "checking" }, 10),
    "a.mkv  checking ████░░░░░░ 42.1%",
  );
  assert.equal(
    progressLine("a.mkv", { ...progress, state: "checking", progress: 0.9999 }, 4),
    "a.mkv  checking ███░ 99.9%",
  );
  assert.equal(
    progressLine("a.mkv", { ...progress, state: "seeding", uploaded: 5e9 }),
    "a.mkv  seeding  ↑ 1.2 MB/s  3 peers  5.0 GB given",
  );
});

const failed: AnnouncedEvent = {
  type: "announced",
  tracker: "http://t/announce",
  event: "started",
  ok: false,
  error: "connection refused",
  retryIn: 5,
};

Deno.test("TextReporter tells of a silent tracker once, of a new reason again, and when it answers", () => {
  const terminal = new PaperTerminal(false);
  const reporter = new TextReporter(terminal, { next: "; seeding" });
  reporter.on(failed);
  reporter.on(failed);
  reporter.on({ ...failed, error: "HTTP 503" });
  reporter.on({ type: "announced", tracker: "http://t/announce", event: "started", ok: true });
  reporter.on({ type: "announced", tracker: "http://t/announce", event: "none", ok: true });
  assert.deepEqual(terminal.lines, [
    "err Tracker http://t/announce: connection refused: trying again in 5s",
    "err Tracker http://t/announce: HTTP 503: trying again in 5s",
    "err Tracker http://t/announce: answers again",
  ]);
});

Deno.test("TextReporter tells of a web seed that failed once, and not of one that is no longer needed", () => {
  const terminal = new PaperTerminal(false);
  const reporter = new TextReporter(terminal, { next: "" });
  const ended: WebSeedEvent = {
    type: "webSeed",
    action: "ended",
    url: "http://w/",
    downloaded: 0,
    reason: "HTTP 503",
    retryIn: 2,
  };
  const { retryIn: _, ...over } = ended;
  reporter.on({ type: "webSeed", action: "started", url: "http://w/", downloaded: 0 });
  reporter.on(ended);
  reporter.on({ ...ended, retryIn: 4 });
  reporter.on({ ...over, reason: "both sides have everything" });
  assert.deepEqual(terminal.lines, ["err Web seed http://w/: HTTP 503: trying again in 2s"]);
});

Deno.test("TextReporter says nothing but trouble where there is no terminal", () => {
  const terminal = new PaperTerminal(false);
  const reporter = new TextReporter(terminal, { next: "; seeding" });
  reporter.on({ type: "complete", totalLength: 10, downloaded: 10, wasted: 0, seconds: 1 });
  reporter.on({ type: "error", kind: "disk", message: "Cannot write x: the disk is full", fatal: true });
  assert.deepEqual(terminal.lines, ["err Cannot write x: the disk is full"]);
});

Deno.test("TextReporter shows a name from outside without its escapes", () => {
  const terminal = new PaperTerminal(true);
  const reporter = new TextReporter(terminal, { next: "" });
  reporter.on({
    type: "started",
    infoHash: "00",
    name: "\x1b]0;owned\x07",
    path: "x",
    totalLength: 1000,
    pieceLength: 16384,
    pieces: 1,
    port: 6881,
    peerId: "",
  });
  assert.deepEqual(terminal.lines, ["out \ufffd]0;owned\ufffd: 1.0 kB in 1 piece, port 6881"]);
});

Deno.test("JsonReporter prints one object a line, with the time", () => {
  const terminal = new PaperTerminal(false);
  new JsonReporter(terminal).on(progress);
  const { time, ...event } = JSON.parse(terminal.lines[0]?.slice(4) ?? "");
  assert.equal(typeof time, "number");
  assert.deepEqual(event, progress);
});

Deno.test("TextReporter has shorter lines for smaller terminals: without the bar, then with less of the name", () => {
  const terminal = new PaperTerminal(true);
  const reporter = new TextReporter(terminal, { next: "" });
  const name = "a name of torrents, which may be long.mkv";
  reporter.on({
    type: "metadata",
    infoHash: "00",
    name,
    totalLength: 1,
    pieces: 1,
    files: 1,
    metadataLength: 1,
  });
  reporter.on({ ...progress, state: "checking" });
  assert.deepEqual(terminal.lines, [
    `live ${name}  checking ████████░░░░░░░░░░░░ 42.1%`,
    `live ${name}  checking ████░░░░░░ 42.1%`,
    `live ${name}  checking 42.1%`,
    "live a name of torrents, whi…  checking 42.1%",
    "live a name …  checking 42.1%",
  ]);
});
