// kill -9 of a downloading peer, again and again, at any moment from its start on; each next run goes on from what the one
// before has left. Between two of them one may leave in order, which keeps blocks of unfinished pieces; a byte may be changed,
// or the file taken away. What is said to be verified is compared with what really is on the disk.

import { createHash } from "node:crypto";
import type { TorrentEvent } from "../../../peer/mod.ts";
import { patiently, PeerProcess, startProgram, TrackerProcess } from "../../support/programs.ts";
import type { SeededRandom } from "../../support/random.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { makeTorrentFile } from "../../support/torrent_file.ts";

const PIECE_LENGTH = 64 * 1024;
const PIECES = 500;
const INTERVAL_SECONDS = "5";
/** A life ends so long after its start, at most, or after so many pieces and a little while. */
const MOST_MS = 800;
const MOST_PIECES = 200;
const MOST_MS_AFTER = 30;
/** After so many kills there is one life that leaves in order. */
const LEAVE_EVERY = 4;
/** One life in so many ends with a byte changed in the file, or without the file. */
const SPOIL_EVERY = 5;
const REMOVE_EVERY = 7;

/** What was lost in all these lives. */
export async function crashPeer(
  times: number,
  random: SeededRandom,
): Promise<{ lost: string[]; note: string }> {
  await using temp = await makeTempDir();
  const dir = temp.path;
  // Who was killed is named until it has been silent for two intervals: fifty of them in an answer leave no place for the
  // one seeder, and the next announce has to wait for the interval.
  await using tracker = await TrackerProcess.start(0, ["--interval", INTERVAL_SECONDS]);
  const made = await makeTorrentFile(dir, {
    size: PIECE_LENGTH * PIECES - 5000,
    pieceLength: PIECE_LENGTH,
    announce: tracker.announce,
  });
  const original = await Deno.readFile(made.path);
  await using seeder = new PeerProcess([made.torrent, made.path]);
  await seeder.event("complete");
  const lost: string[] = [];
  let [downloads, pieces] = [0, 0];
  /** Pieces of the copy of the moment in which a byte was changed: blocks that were kept of them are wrong. */
  const spoilt = new Set<number>();
  for (let life = 0, kills = 0; kills < times; life++) {
    const copy = `${dir}/copy-${downloads}`;
    const isKilled = life % (LEAVE_EVERY + 1) !== LEAVE_EVERY;
    if (isKilled) kills++;
    const moment: Moment = {
      signal: isKilled ? "SIGKILL" : "SIGINT",
      ...(random.below(3) === 0
        ? { pieces: 0, ms: random.below(MOST_MS) }
        : { pieces: 1 + random.below(MOST_PIECES), ms: random.below(MOST_MS_AFTER) }),
    };
    const before = await rightPieces(copy, original);
    const { claimed, events, complaints, isComplete } = await live([made.torrent, copy], moment);
    const say = (what: string) =>
      lost.push(`life ${life}, ${moment.signal} ${moment.ms} ms after piece ${moment.pieces}: ${what}`);
    pieces += events.filter(({ type }) => type === "piece").length;
    // More would be wrong bytes that count as verified; less would be bytes lost that had been fetched.
    if (claimed !== undefined && claimed !== before) say(`${claimed} pieces claimed, ${before} are right`);
    for (const event of events) {
      if (event.type !== "error") continue;
      const index = /^Piece (\d+) has a wrong hash/.exec(event.message)?.[1];
      if (index === undefined || !spoilt.has(Number(index))) say(event.message);
    }
    if (complaints !== "") say(complaints);
    if (isComplete) {
      if (await made.sha1(copy) !== await made.sha1(made.path)) say("the copy is another file");
      downloads++;
      spoilt.clear();
    } else if (life % REMOVE_EVERY === 0) {
      await Deno.remove(copy).catch(() => {}); // there may be none yet
      spoilt.clear();
    } else if (life % SPOIL_EVERY === 0) {
      const at = await spoil(copy, random);
      if (at !== undefined) spoilt.add(Math.floor(at / PIECE_LENGTH));
    }
  }
  // The last one is left to end by itself.
  const last = `${dir}/copy-${downloads}`;
  const { isComplete } = await live([made.torrent, last, "--exit"]);
  if (!isComplete || await made.sha1(last) !== await made.sha1(made.path)) {
    lost.push("the last download did not end with the right file");
  }
  return { lost, note: `${downloads + 1} downloads, ${pieces} pieces` };
}

interface Life {
  /** Pieces that it said were there at its start. */
  claimed: number | undefined;
  events: TorrentEvent[];
  complaints: string;
  isComplete: boolean;
}

/** When to end it, and how: so long after this many pieces have come in this life, or everything has. 0 pieces: after its start. */
interface Moment {
  signal: "SIGKILL" | "SIGINT";
  pieces: number;
  ms: number;
}

/** One run, until it is killed; without a moment until it leaves. */
async function live([torrent = "", copy = "", ...flags]: string[], moment?: Moment): Promise<Life> {
  const events: TorrentEvent[] = [];
  let pieces = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = (isComplete: boolean) => {
    if (moment === undefined || timer !== undefined || (pieces < moment.pieces && !isComplete)) return;
    timer = setTimeout(() => process.signal(moment.signal), moment.ms);
  };
  const process = startProgram({
    permissions: "peer",
    main: "peer/main.ts",
    args: ["0", torrent, copy, "--json", "--state-dir", `${copy}.state`, ...flags],
    onLine: (line) => {
      if (!line.endsWith("}")) return; // the last one, cut by the end
      const event: TorrentEvent = JSON.parse(line);
      events.push(event);
      if (event.type === "piece") pieces++;
      look(event.type === "complete");
    },
  });
  look(false);
  try {
    const when = moment === undefined ? "" : `, ${moment.ms} ms after ${moment.pieces} pieces`;
    await patiently(process.exited, `a peer's end${when}`);
  } finally {
    process.signal("SIGKILL");
  }
  clearTimeout(timer);
  const checked = events.find((event) => event.type === "checked");
  return {
    claimed: checked?.type === "checked" ? checked.have : undefined,
    events,
    complaints: process.complaints,
    isComplete: events.some(({ type }) => type === "complete"),
  };
}

/** How many pieces of a file are right, whatever anybody says. */
async function rightPieces(path: string, original: Uint8Array): Promise<number> {
  const found = await Deno.readFile(path).catch(() => new Uint8Array());
  const hash = (bytes: Uint8Array) => createHash("sha1").update(bytes).digest("hex");
  let right = 0;
  for (let at = 0; at < original.length; at += PIECE_LENGTH) {
    const piece = found.subarray(at, at + PIECE_LENGTH);
    if (piece.length > 0 && hash(piece) === hash(original.subarray(at, at + PIECE_LENGTH))) right++;
  }
  return right;
}

/** Changes a byte somewhere, and returns where. */
async function spoil(path: string, random: SeededRandom): Promise<number | undefined> {
  try {
    using file = await Deno.open(path, { read: true, write: true });
    const { size } = await file.stat();
    const at = random.below(size);
    const byte = new Uint8Array(1);
    await file.seek(at, Deno.SeekMode.Start);
    await file.read(byte);
    await file.seek(at, Deno.SeekMode.Start);
    await file.write(byte.map((value) => ~value));
    return at;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error; // killed before it made the file
    return undefined;
  }
}
