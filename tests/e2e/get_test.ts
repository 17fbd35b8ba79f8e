// `peer get` and its relatives as a user types them: several torrents, addresses, magnet links, standard output, goals.

import assert from "node:assert/strict";
import { Client, createTorrent, type TorrentEvent } from "../../peer/mod.ts";
import { ROOT } from "../../peer/demo/program_process.ts";
import { formatMagnet, fromUtf8, parseMetainfo, toUtf8 } from "../../protocol/mod.ts";
import { findOnPath } from "../support/drivers/program.ts";
import { patiently, runToEnd, TrackerProcess } from "../support/programs.ts";
import { pseudoRandomBytes } from "../support/random.ts";
import { makeTempDir } from "../support/temp_dir.ts";
import { makeTorrentFile } from "../support/torrent_file.ts";

const peer = (args: string[], env: Record<string, string> = {}) =>
  runToEnd("peer", "peer/main.ts", args, env);

type Line = TorrentEvent & { infoHash?: string };

function events(output: string): Line[] {
  return output.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

Deno.test("get fetches a file, an address and a magnet link at once, over one port, and leaves", async () => {
  await using dir = await makeTempDir();
  await using tracker = await TrackerProcess.start();
  const sizes = [3_000_000, 2_000_000, 1_000_000];
  const made = await Promise.all(
    ["a", "b", "c"].map((name, i) =>
      makeTorrentFile(dir.path, { name, size: sizes[i] as number, announce: tracker.announce })
    ),
  );
  const seeder = new Client({ hostname: "127.0.0.1" });
  for (const { torrent, path } of made) await seeder.add(await Deno.readFile(torrent), { path });
  const [a, b, c] = made.map(({ torrent }) => torrent) as [string, string, string];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async () => new Response(await Deno.readFile(b)),
  );
  const { infoHash, trackers } = await parseMetainfo(await Deno.readFile(c));
  const magnet = formatMagnet({ infoHash, trackers: trackers.flat(), webSeeds: [], peers: [] });
  const url = `http://127.0.0.1:${server.addr.port}/b.torrent`;

  const { code, output, complaints } = await peer([
    "get",
    a,
    url,
    magnet,
    "--dir",
    dir.join("out"),
    "--json",
  ]);
  await seeder.close();
  assert.equal(code, 0, complaints);
  for (const name of ["a.bin", "b.bin", "c.bin"]) {
    assert.equal(await made[0]?.sha1(dir.join("out", name)), await made[0]?.sha1(dir.join(name)));
  }
  const lines = events(output);
  assert.equal(new Set(lines.map((line) => line.infoHash)).size, 3, "every line says whose it is");
  const ports = lines.flatMap((line) => line.type === "started" ? [line.port] : []);
  assert.equal(ports.length, 3);
  assert.equal(new Set(ports).size, 1);
  assert.equal(lines.filter((line) => line.type === "stopped").length, 3);
});

Deno.test("get -o - writes the file to standard output in order, and nothing else", async () => {
  await using dir = await makeTempDir();
  await using tracker = await TrackerProcess.start();
  const { torrent, path } = await makeTorrentFile(dir.path, { size: 5_000_001, announce: tracker.announce });
  const seeder = new Client({ hostname: "127.0.0.1" });
  await seeder.add(await Deno.readFile(torrent), { path });
  const { code, bytes, complaints } = await readOutput(["get", torrent, "-o", "-"], dir.path);
  await seeder.close();
  assert.equal(code, 0, complaints);
  assert.deepEqual(bytes, await Deno.readFile(path));
  const left = await Array.fromAsync(Deno.readDir(dir.path), ({ name }) => name);
  assert.deepEqual(left.sort(), ["data.bin", "data.torrent"], "nothing is left behind");
});

Deno.test("get --select fetches the files that are named, and -o - streams one of them", async () => {
  await using dir = await makeTempDir();
  await using tracker = await TrackerProcess.start();
  await Deno.mkdir(dir.join("album", "disc 1"), { recursive: true });
  const contents = [100_001, 70_000, 200_000].map((size, i) => pseudoRandomBytes(size, i + 1));
  const paths = ["cover.jpg", "disc 1/01.flac", "disc 1/02.flac"];
  for (const [i, path] of paths.entries()) {
    await Deno.writeFile(dir.join("album", path), contents[i] as Uint8Array);
  }
  const bytes = await createTorrent({
    path: dir.join("album"),
    trackers: [[tracker.announce]],
    pieceLength: 16384,
  });
  const torrent = dir.join("album.torrent");
  await Deno.writeFile(torrent, bytes);
  const seeder = new Client({ hostname: "127.0.0.1" });
  await seeder.add(bytes, { path: dir.join("album") });

  const some = await peer(["get", torrent, "--dir", dir.join("out"), "--select", "*.flac", "--sequential"]);
  assert.equal(some.code, 0, some.complaints);
  assert.deepEqual(await Deno.readFile(dir.join("out", "album", "disc 1/01.flac")), contents[1]);
  assert.deepEqual(await Deno.readFile(dir.join("out", "album", "disc 1/02.flac")), contents[2]);
  const order = await peer(["get", torrent, "-o", dir.join("all"), "--high", "1", "--low", "2", "--json"]);
  assert.equal(order.code, 0, order.complaints);
  const pieces = events(order.output).flatMap((line) => line.type === "piece" ? [line.index] : []);
  // Pieces of 16 KiB: 7 to 10 have bytes of file 1, 11 to 22 of file 2 alone; 6 and 10 are shared.
  assert.deepEqual(new Set(pieces.slice(0, 5)), new Set([6, 7, 8, 9, 10]));
  assert.deepEqual(new Set(pieces.slice(-12)), new Set(pieces.filter((index) => index > 10)));
  const one = await readOutput(["get", torrent, "-o", "-", "--select", "1"], dir.path);
  assert.equal(one.code, 0, one.complaints);
  assert.deepEqual(one.bytes, contents[1]);
  const { infoHash, trackers } = await parseMetainfo(bytes);
  const link = { infoHash, trackers: trackers.flat(), webSeeds: [], peers: [] };
  const magnet = formatMagnet({ ...link, select: [[2, 2]] });
  const linked = await readOutput(["get", magnet, "-o", "-"], dir.path);
  assert.equal(linked.code, 0, linked.complaints);
  assert.deepEqual(linked.bytes, contents[2], "the one that the magnet link names");
  const all = await peer(["get", formatMagnet(link), "-o", "-"]);
  assert.equal(all.code, 2);
  assert.match(all.complaints, /must be one file: got 3/);
  await seeder.close();

  const two = await peer(["get", torrent, "-o", "-", "--select", "1-2"]);
  assert.equal(two.code, 2);
  assert.match(two.complaints, /must be one file: got 2/);
  const none = await peer(["get", torrent, "--dir", dir.join("out"), "--select", "*.mkv"]);
  assert.equal(none.code, 2);
  assert.match(none.complaints, /Cannot select \*\.mkv/);
});

Deno.test("get -o - that is ended before all is written leaves with 130, complete as the download is", async () => {
  await using dir = await makeTempDir();
  const { path } = await makeTorrentFile(dir.path, { size: 3_000_000 }); // more than any pipe holds
  const complete = Promise.withResolvers<void>();
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async ({ method }) => {
    if (method === "POST") complete.resolve();
    return new Response(method === "POST" ? "" : await Deno.readFile(path));
  });
  const url = `http://127.0.0.1:${server.addr.port}/`;
  const torrent = dir.join("web.torrent");
  await Deno.writeFile(torrent, await createTorrent({ path, webSeeds: [url] }));
  const child = peerProgram(["get", torrent, "-o", "-", "--on-complete", url], dir.path, {
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await patiently(complete.promise, "the completion");
  child.kill("SIGTERM"); // nobody has read anything yet
  const { code, stdout, stderr } = await patiently(child.output(), "the end");
  assert.equal(code, 130, toUtf8(stderr));
  assert(stdout.length < 3_000_000);
});

/** Runs a program with a pipe for standard output that doesn't wait, and reads it, or closes it, when it is told to. */
const HASTY = `
import fcntl, os, select, shutil, subprocess, sys
reader, writer = os.pipe()
fcntl.fcntl(writer, fcntl.F_SETFL, fcntl.fcntl(writer, fcntl.F_GETFL) | os.O_NONBLOCK)
program = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=writer)
os.close(writer)
while program.poll() is None and not select.select([sys.stdin], [], [], 0.1)[0]:
    pass # one that has ended is not told anything
with open(reader, "rb") as output:
    if program.poll() is None and sys.stdin.readline() == "read\\n":
        shutil.copyfileobj(output, sys.stdout.buffer)
sys.exit(program.wait())
`;
const python = findOnPath("python3");

Deno.test({
  name: "get -o - waits for a slow reader of a pipe that doesn't (O_NONBLOCK), until it has all or has gone",
  ignore: python === undefined,
  async fn() {
    for (const [told, expected] of [["read", 0], ["close", 130]] as const) {
      await using dir = await makeTempDir();
      const { path } = await makeTorrentFile(dir.path, { size: 3_000_000 }); // more than any pipe holds
      const complete = Promise.withResolvers<void>();
      await using server = Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen() {} },
        async ({ method }) => {
          if (method === "POST") complete.resolve();
          return new Response(method === "POST" ? "" : await Deno.readFile(path));
        },
      );
      const url = `http://127.0.0.1:${server.addr.port}/`;
      const torrent = dir.join("web.torrent");
      await Deno.writeFile(torrent, await createTorrent({ path, webSeeds: [url] }));
      const words = peerWords(["get", torrent, "-o", "-", "--on-complete", url]);
      const child = new Deno.Command(python as string, {
        args: ["-c", HASTY, Deno.execPath(), ...words],
        env: { TMPDIR: dir.path },
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const output = child.output();
      await patiently(Promise.race([complete.promise, output]), "the completion");
      const writer = child.stdin.getWriter();
      await writer.write(fromUtf8(`${told}\n`)).then(() => writer.close(), () => {}); // or it has ended
      const { code, stdout, stderr } = await patiently(output, "the end");
      assert.equal(code, expected, toUtf8(stderr));
      if (told === "read") assert.deepEqual(stdout, await Deno.readFile(path));
    }
  },
});

Deno.test("get -o - that is ended while the torrent is being fetched leaves with 130 and nothing behind, whatever the signal", async () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    await using dir = await makeTempDir();
    const asked = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<Response>();
    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
      asked.resolve();
      return ended.promise;
    });
    const url = `http://127.0.0.1:${server.addr.port}/film.torrent`;
    const child = peerProgram(["get", url, "-o", "-"], dir.path).spawn();
    await patiently(asked.promise, "the request");
    child.kill(signal);
    const { code } = await patiently(child.status, "the end");
    ended.resolve(new Response());
    assert.equal(code, 130, signal);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(dir.path), ({ name }) => name), []);
  }
});

/** What the runtime is started with. */
function peerWords(args: string[]): string[] {
  return ["run", "-q", "--config", `${ROOT}deno.json`, "-P=peer", `${ROOT}peer/main.ts`, ...args];
}

function peerProgram(args: string[], dir: string, pipes: Deno.CommandOptions = {}): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: peerWords(args),
    env: { TMPDIR: dir },
    ...pipes,
  });
}

/** Runs the peer and keeps the bytes that it writes; its own files lie in `dir`. */
async function readOutput(args: string[], dir: string) {
  const command = peerProgram(args, dir);
  const { code, stdout, stderr } = await patiently(command.output(), `peer ${args.join(" ")}`);
  return { code, bytes: stdout, complaints: toUtf8(stderr) };
}

Deno.test("get refuses two torrents that would write to one place, and an address that has no torrent", async () => {
  await using dir = await makeTempDir();
  const { torrent } = await makeTorrentFile(dir.path, { size: 100_000 });
  await Deno.mkdir(dir.join("other"));
  const other = await makeTorrentFile(dir.join("other"), { size: 200_000 });
  const same = await peer(["get", torrent, other.torrent, "--dir", dir.join("out")]);
  assert.equal(same.code, 2);
  assert.match(same.complaints, /same output: got .*out\/data\.bin/);
  const twice = await peer(["get", torrent, torrent]);
  assert.match(twice.complaints, /same info hash/);
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ url }) => url.endsWith("/page") ? new Response("<html>") : new Response("none", { status: 404 }),
  );
  const url = `http://127.0.0.1:${server.addr.port}`;
  const missing = await peer(["get", `${url}/none`]);
  assert.equal(missing.code, 4);
  assert.match(missing.complaints, /Cannot fetch .*\/none: the server says 404/);
  const page = await peer(["get", `${url}/page`]);
  assert.equal(page.code, 2);
  assert.match(page.complaints, /bencode/);
  await assert.rejects(Deno.stat(dir.join("out")), Deno.errors.NotFound);
});

Deno.test("seed says what is missing, leaves with 1 and makes nothing", async () => {
  await using dir = await makeTempDir();
  const { torrent, path } = await makeTorrentFile(dir.path, { size: 100_000, pieceLength: 16384 });
  const none = await peer(["seed", torrent, dir.join("nothing")]);
  assert.equal(none.code, 1);
  assert.match(none.complaints, /7 of 7 pieces are missing or wrong/);
  await assert.rejects(Deno.stat(dir.join("nothing")), Deno.errors.NotFound);
  await Deno.truncate(path, 50_000);
  const short = await peer(["seed", torrent, path, "--json"]);
  assert.equal(short.code, 1);
  assert.equal((await Deno.stat(path)).size, 50_000);
  const error = events(short.output).find((event) => event.type === "error");
  assert(error?.type === "error" && error.fatal && error.message.includes("4 of 7"));
});

Deno.test("--seed-ratio ends a seeder, --on-complete tells an address, and settings come from a file and the environment", async () => {
  await using dir = await makeTempDir();
  await using tracker = await TrackerProcess.start();
  const { torrent, path, sha1 } = await makeTorrentFile(dir.path, {
    size: 400_000,
    announce: tracker.announce,
  });
  const told: Record<string, unknown>[] = [];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    told.push(await request.json());
    return new Response();
  });
  await Deno.writeTextFile(
    dir.join("config.json"),
    JSON.stringify({ "seed-ratio": 1, dir: dir.join("wrong") }),
  );
  const config = ["--config", dir.join("config.json")];
  const seeding = peer(["seed", torrent, path, ...config]);
  const got = await peer(["get", torrent, "--dir", dir.join("out"), "--exit"], {
    SEEDLING_ON_COMPLETE: `http://127.0.0.1:${server.addr.port}/done`,
    SEEDLING_CONFIG: dir.join("config.json"),
    SEEDLING_SEED_RATIO: "0",
  });
  assert.equal(got.code, 0, got.complaints);
  assert.equal((await seeding).code, 0, "it has given as much as there is");
  assert.equal(await sha1(dir.join("out", "data.bin")), await sha1(path));
  assert.equal(told.length, 1);
  assert.deepEqual([told[0]?.type, told[0]?.name, told[0]?.downloaded], ["complete", "data.bin", 400_000]);
});

Deno.test("a setting that can't be used is named with the place where it stands", async () => {
  await using dir = await makeTempDir();
  const { torrent } = await makeTorrentFile(dir.path, { size: 100_000 });
  const config = dir.join("config.json");
  const rows: [config: string, env: Record<string, string>, said: RegExp][] = [
    ["{}", { SEEDLING_PORT: "99999" }, /Cannot use SEEDLING_PORT: A port is .*Got "99999"/],
    ['{ "port": "x" }', {}, /Cannot use "port" in .*config\.json: A port is/],
    ['{ "prot": 6881 }', {}, /Cannot use the config file .*got "prot"/],
    ['{ "json": "perhaps" }', {}, /Cannot use "json" in .*true or false/],
    ["[]", {}, /Cannot read the config file .*an object/],
    ["{", {}, /Cannot read the config file/],
  ];
  for (const [text, env, said] of rows) {
    await Deno.writeTextFile(config, text);
    const { code, complaints } = await peer(["get", torrent, "--config", config], env);
    assert.equal(code, 2, complaints);
    assert.match(complaints, said);
  }
  // What another command's flag is set to is no mistake.
  await Deno.writeTextFile(config, '{ "piece-length": 32768 }');
  const { complaints } = await peer(["get", torrent, torrent, "--config", config]);
  assert.match(complaints, /same info hash/);
});
