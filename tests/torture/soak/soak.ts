// A swarm that never rests: peers of ours and foreign ones move torrents through one tracker, all but two of them are ended
// at random and start again, and now and then one has lost copies. In the end everybody has everything.

import { join } from "node:path";
import { aria2With } from "../../support/drivers/clients/aria2.ts";
import type { ForeignClient } from "../../support/drivers/clients/client.ts";
import { libtorrent } from "../../support/drivers/clients/libtorrent.ts";
import { transmission } from "../../support/drivers/clients/transmission.ts";
import { webtorrent } from "../../support/drivers/clients/webtorrent.ts";
import { version } from "../../support/drivers/needed.ts";
import { TrackerProcess } from "../../support/programs.ts";
import { SeededRandom } from "../../support/random.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { makeTorrentFile } from "../../support/torrent_file.ts";
import { Guest, type SoakTorrent } from "./guest.ts";
import { Lookout } from "./lookout.ts";
import { isLate, kindsOf } from "./log.ts";
import { type End, Member } from "./member.ts";

export interface SoakOptions {
  seconds: number;
  /** Of ours, the seeder included, and foreign ones. */
  peers: number;
  foreign: number;
  torrents: number;
  /** Bytes of each. */
  size: number;
  /** Of a peer of ours that is ended, at most. */
  mostLifeMs: number;
  /** Of a foreign one. */
  mostGuestLifeMs: number;
  seed: number;
  /** A leak is at least so much more memory within the second half. */
  leastLeakBytes: number;
  /** Between two looks at the levels. */
  lookMs: number;
  /** Told of each look, for who waits an hour. */
  onLook?: (line: string) => void;
}

export interface SoakOutcome {
  lost: string[];
  /** Lives of peers that were ended. */
  restarts: number;
  /** Of these with SIGKILL. */
  kills: number;
  /** Torrents that came whole to somebody who had not had all of it before. */
  moved: number;
  /** Bytes that came to the peers. */
  received: number;
  peers: number;
  /** Announces that were not answered in time. */
  late: number;
  /** Memory, handles and threads of those that stay. */
  levels: string;
}

const INTERVAL_SECONDS = "5";
const PIECE_LENGTH = 1 << 16;
/** Half of them are killed, the others asked to leave with one signal or the other. */
const ENDS: readonly End[] = ["SIGKILL", "SIGKILL", "SIGTERM", "SIGINT"];
/** One life in so many has lost copies before the next one. */
const LOSE_EVERY = 2;
const MOST_COPIES_LOST = 5;
const SEEDER_LIMIT_UP = "8M";
const LIMIT_UP = "1M";
/** A foreign peer's last life begins so long before the end: some of them take ten seconds to find anybody. */
const LAST_LIFE_MS = 10_000;
/** After the last end everybody must be complete within this. */
const END_MS = 180_000;

// It checks what is there: after kill -9 there is a copy without the file in which it keeps what it knows.
const FOREIGN: readonly ForeignClient[] = [
  libtorrent,
  transmission,
  aria2With("--check-integrity=true"),
  webtorrent,
];

/** Runs it. */
export async function soak(options: SoakOptions): Promise<SoakOutcome> {
  const { peers, seconds, seed } = options;
  await using temp = await makeTempDir();
  await using tracker = await TrackerProcess.start(0, [
    ...["--interval", INTERVAL_SECONDS, "--host", "127.0.0.1"],
  ]);
  const torrents = await makeTorrents(temp.join("original"), tracker.announce, options);
  await using members = new AsyncDisposableStack();
  const join = (name: string, folder: string, limitUp: string) => {
    const member = new Member({ name, folder, torrents: torrents.map(({ torrent }) => torrent), limitUp });
    members.use(member).start();
    return member;
  };
  const seeder = join("the seeder", temp.join("original"), SEEDER_LIMIT_UP);
  await inTime(seeder.complete(), () => "the seeder's check");
  const ours: Member[] = [];
  for (let i = 1; i < peers; i++) {
    const folder = temp.join(`peer-${i}`);
    await Deno.mkdir(folder);
    ours.push(join(`peer ${i}`, folder, LIMIT_UP));
  }
  const guests = await inviteGuests(temp.join("guests"), torrents, options);

  const end = performance.now() + seconds * 1000;
  const [stayer, ...restless] = ours;
  const lookout = new Lookout(options, () => ({
    "tracker": [tracker.process.pid],
    "seeder": [seeder.pid],
    "leecher that stays": [stayer?.pid],
    "those that restart": restless.map(({ pid }) => pid),
  }));
  const lost: string[] = [];
  const chance = (i: number) => new SeededRandom(seed * 1000 + i);
  await Promise.all([
    lookout.watch(end),
    ...restless.map((member, i) => disturb(member, { ...options, random: chance(i), end })),
    ...guests.map((guest, i) => entertain(guest, { ...options, random: chance(100 + i), end })),
  ]);

  const waiting = () =>
    ours.map(({ completed, name }) => `${name} has ${completed} of ${torrents.length}`).join(", ");
  try {
    await inTime(Promise.all(ours.map((member) => member.complete())), waiting);
  } catch (error) {
    lost.push(String(error));
  }
  for (const member of [seeder, ...ours]) await member.end("SIGINT");
  for (const { folder } of ours) lost.push(...await wrongCopies(folder, torrents));
  await tracker.process.stop();
  const complaints = [
    ...[seeder, ...ours].flatMap((member) => member.complaints),
    ...tracker.process.complaints.split("\n").filter((line) => line !== "").map((line) => ({
      who: "the tracker",
      line,
    })),
  ];
  const sum = (list: readonly (Member | Guest)[], key: "moved" | "received" | "lives") =>
    list.reduce((total, each) => total + each[key], 0);
  const everybody = [...ours, ...guests];
  return {
    lost: [
      ...lost,
      ...guests.flatMap(({ losses }) => losses),
      ...lookout.leaks(),
      ...kindsOf(complaints.filter((each) => !isLate(each))),
    ],
    restarts: sum(restless, "lives") - restless.length + sum(guests, "lives") - guests.length,
    kills: [...restless, ...guests].reduce((total, { kills }) => total + kills, 0),
    moved: sum(everybody, "moved"),
    received: sum(everybody, "received"),
    peers: peers + guests.length,
    late: complaints.filter(isLate).length,
    levels: lookout.summary,
  };
}

interface Restlessness {
  end: number;
  random: SeededRandom;
  torrents: number;
  mostLifeMs: number;
  mostGuestLifeMs: number;
}

/** Ends a peer of ours again and again. */
async function disturb(
  member: Member,
  { end, mostLifeMs, random, torrents }: Restlessness,
): Promise<void> {
  for (;;) {
    const left = end - performance.now();
    const ms = random.next() * mostLifeMs;
    await pause(Math.min(ms, left));
    if (ms >= left) return;
    await member.end(ENDS[random.below(ENDS.length)] as End);
    if (random.below(LOSE_EVERY) === 0) {
      for (let n = 1 + random.below(MOST_COPIES_LOST); n > 0; n--) {
        await Deno.remove(join(member.folder, nameOf(random.below(torrents)))).catch(() => {});
      }
    }
    member.start();
  }
}

/** Life after life of a foreign peer, and one in which it completes the torrent of the moment. */
async function entertain(guest: Guest, { end, mostGuestLifeMs, random }: Restlessness): Promise<void> {
  for (let left = 0; (left = end - LAST_LIFE_MS - performance.now()) > 0;) {
    await guest.live(Math.min(random.next() * mostGuestLifeMs, left), { isKilled: random.below(2) === 0 });
  }
  await guest.live(LAST_LIFE_MS + END_MS, { untilComplete: true });
}

async function makeTorrents(
  folder: string,
  announce: string,
  { size, torrents }: SoakOptions,
): Promise<SoakTorrent[]> {
  await Deno.mkdir(folder);
  const made: SoakTorrent[] = [];
  for (let i = 0; i < torrents; i++) {
    const options = { size: size + i, pieceLength: PIECE_LENGTH, announce, name: `t${i}` };
    made.push({ ...await makeTorrentFile(folder, options), ...options, name: nameOf(i) });
  }
  return made;
}

/** Foreign peers, each with a torrent of its own to begin with; those that aren't installed stay away. */
async function inviteGuests(
  folder: string,
  torrents: readonly SoakTorrent[],
  { foreign }: SoakOptions,
): Promise<Guest[]> {
  const guests: Guest[] = [];
  for (let i = 0; i < foreign; i++) {
    const client = FOREIGN[i % FOREIGN.length] as ForeignClient;
    if (await version(client) === undefined) continue;
    const own = join(folder, `${i}`);
    await Deno.mkdir(own, { recursive: true });
    guests.push(new Guest({ client, folder: own, torrents, first: i * 7 }));
  }
  return guests;
}

async function wrongCopies(folder: string, torrents: readonly SoakTorrent[]): Promise<string[]> {
  const lost: string[] = [];
  for (const { name, path, sha1 } of torrents) {
    const copy = join(folder, name);
    const found = await sha1(copy).catch(String);
    if (found !== await sha1(path)) lost.push(`${copy} is another file: ${found}`);
  }
  return lost;
}

function nameOf(torrent: number): string {
  return `t${torrent}.bin`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}

async function inTime(promise: Promise<unknown>, what: () => string): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited ${END_MS / 1000} s in vain: ${what()}`)), END_MS);
  });
  try {
    await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
