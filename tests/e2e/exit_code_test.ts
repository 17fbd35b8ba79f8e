// What goes wrong is said in one line, and each kind has an exit code of its own.

import assert from "node:assert/strict";
import { ROOT } from "../../peer/demo/program_process.ts";
import { createTorrent } from "../../peer/mod.ts";
import { toUtf8 } from "../../protocol/mod.ts";
import { patiently, PeerProcess, runToEnd } from "../support/programs.ts";
import { makeTempDir } from "../support/temp_dir.ts";
import { makeTorrentFile } from "../support/torrent_file.ts";

const peer = (...args: string[]) => runToEnd("peer", "peer/main.ts", args);

function oneLine(complaints: string): string {
  const lines = complaints.trimEnd().split("\n");
  assert.equal(lines.length, 1, `one line, not:\n${complaints}`);
  return lines[0] ?? "";
}

Deno.test("a torrent that can't be read is bad input: exit code 2 and one line that names it", async () => {
  await using temp = await makeTempDir();
  const dir = temp.path;
  const { torrent } = await makeTorrentFile(dir, { size: 100_000 });
  const whole = await Deno.readFile(torrent);
  const text = new TextDecoder("latin1").decode(whole);
  const rows: [name: string, bytes: Uint8Array, said: RegExp][] = [
    ["truncated", whole.subarray(0, whole.length - 40), /bencode|truncated|end/i],
    ["empty", new Uint8Array(), /bencode|empty/i],
    ["html", new TextEncoder().encode("<!DOCTYPE html>"), /bencode/i],
    ["lies about its size", latin1(text.replace("lengthi100000e", "lengthi900000e")), /pieces|length/],
    ["negative length", latin1(text.replace("lengthi100000e", "lengthi-10000e")), /length/],
  ];
  for (const [name, bytes, said] of rows) {
    const file = `${dir}/bad.torrent`;
    await Deno.writeFile(file, bytes);
    for (const args of [["0", file, `${dir}/out`], ["info", file], ["verify", file, `${dir}/out`]]) {
      const { code, complaints } = await peer(...args);
      assert.equal(code, 2, `${name}: ${complaints}`);
      assert.match(oneLine(complaints), said);
      assert(complaints.includes("bad.torrent"), complaints);
    }
  }
  const missing = await peer("0", `${dir}/none.torrent`, `${dir}/out`);
  assert.equal(missing.code, 2);
  assert.match(oneLine(missing.complaints), /none\.torrent: there is no such file/);
});

Deno.test("a wrong command line is bad input and says what is missing", async () => {
  for (
    const [args, said] of [
      [["70000", "a.torrent", "b"], /^Cannot use <listen-port>: A port is .* Got "70000"$/m],
      [["6881", "a.torrent"], /^Cannot do that: <output> is missing$/m],
      [["6881", "a.torrent", "b", "--nonsense"], /^Cannot use --nonsense: there is no such flag$/m],
      [["gett", "a.torrent"], /^Cannot do "gett": must be a port, get, seed, .* or completions$/m],
      [["get"], /^Cannot do that: <torrent> is missing$/m],
    ] as [string[], RegExp][]
  ) {
    const { code, complaints } = await peer(...args);
    assert.equal(code, 2);
    assert.match(complaints, said);
    assert(!/\n\s+at /.test(complaints), "no stack trace");
    assert.match(complaints, /\n\(--help shows what can be said\)\n$/);
  }
});

Deno.test("every command shows its help and its version with the rights that it has", async () => {
  const rows: [permissions: string, main: string, args: string[], said: RegExp][] = [
    ["peer", "peer/main.ts", ["--help"], /<listen-port> <torrent-file> <output>/],
    ["peer", "peer/main.ts", ["--version"], /^\d+\.\d+\.\d+$/],
    ["create", "peer/main.ts", ["create", "--help"], /--announce <url>\.{3} +a tracker/],
    ["peer", "peer/main.ts", ["-V"], /^\d+\.\d+\.\d+$/],
    ["peer", "peer/main.ts", ["help", "get"], /peer get \[flags\] <torrent>\.{3}/],
    ["peer", "peer/main.ts", ["seed", "-h"], /peer seed \[flags\] <torrent> <path>/],
    ["info", "peer/main.ts", ["info", "--help"], /--json +as JSON/],
    ["verify", "peer/main.ts", ["verify", "--help"], /--json/],
    ["tracker", "tracker/main.ts", ["--help"], /--port/],
    ["demo", "peer/demo/main.ts", ["--help"], /--keep +leave it running/],
  ];
  for (const [permissions, main, args, said] of rows) {
    const { code, output, complaints } = await runToEnd(permissions, main, args);
    assert.equal(code, 0, complaints);
    assert.match(output, said);
    assert.equal(complaints, "");
  }
});

Deno.test("a port in use is the network: exit code 4 and the port's number", async () => {
  await using temp = await makeTempDir();
  const dir = temp.path;
  const { torrent, path } = await makeTorrentFile(dir, { size: 100_000 });
  using taken = Deno.listen({ port: 0, hostname: "::" });
  const { port } = taken.addr as Deno.NetAddr;
  const { code, complaints } = await peer(`${port}`, torrent, path);
  assert.equal(code, 4);
  assert.match(oneLine(complaints), new RegExp(`${port}.*in use`));
});

Deno.test("an output that can't be written is the disk: exit code 3 and the path", async () => {
  await using temp = await makeTempDir();
  const dir = temp.path;
  const { torrent } = await makeTorrentFile(dir, { size: 100_000 });
  await Deno.mkdir(`${dir}/folder`);
  await Deno.writeTextFile(`${dir}/file`, "in the way");
  for (const output of ["folder", "file/below"]) {
    const { code, complaints } = await peer("0", torrent, `${dir}/${output}`);
    assert.equal(code, 3, complaints);
    assert(oneLine(complaints).includes(`${dir}/${output.split("/")[0]}`), complaints);
  }
  assert.equal(await Deno.readTextFile(`${dir}/file`), "in the way");
});

Deno.test({
  name:
    "standard output that can't be written is the disk: exit code 3, and no word of a transfer's is worth its end",
  ignore: Deno.build.os !== "linux", // others have no /dev/full
  async fn() {
    await using temp = await makeTempDir();
    const { torrent, path } = await makeTorrentFile(temp.path, { size: 100_000 });
    const one = [["verify", torrent, path, "--json"], ["info", torrent], ["--help"], ["completions", "bash"]];
    for (const args of one) {
      const { code, complaints } = await intoFull(">", args);
      assert.equal(code, 3, complaints);
      assert.match(oneLine(complaints), /^Cannot write to standard output: the disk is full/);
    }
    const mute = await intoFull("2>", ["info", temp.join("none.torrent")]);
    assert.equal(mute.code, 2, "what is wrong can't be said, but it is that");

    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      async () => new Response(await Deno.readFile(path)),
    );
    const webSeeds = [`http://127.0.0.1:${server.addr.port}/`];
    const web = temp.join("web.torrent");
    await Deno.writeFile(web, await createTorrent({ path, webSeeds }));
    const get = ["get", web, "--no-resume", "-o"];
    const data = await intoFull(">", [...get, "-"]);
    assert.equal(data.code, 3, data.complaints);
    assert.match(data.complaints, /^Cannot write to standard output: the disk is full/m);
    const events = await intoFull(">", [...get, temp.join("a"), "--json"]);
    assert.equal(events.code, 0, events.complaints);
    assert.match(oneLine(events.complaints), /^Cannot write to standard output: .* \(going on without\)$/);
    const log = await intoFull("2>", [...get, temp.join("b"), "--verbose"]);
    assert.equal(log.code, 0);
    for (const copy of ["a", "b"]) {
      assert.deepEqual(await Deno.readFile(temp.join(copy)), await Deno.readFile(path));
    }
  },
});

/** Runs the peer with one of its streams on a disk that is full. */
async function intoFull(stream: ">" | "2>", args: string[]): Promise<{ code: number; complaints: string }> {
  const run = [
    Deno.execPath(),
    "run",
    "-q",
    "--config",
    `${ROOT}deno.json`,
    "-P=peer",
    `${ROOT}peer/main.ts`,
  ];
  const command = new Deno.Command("sh", { args: ["-c", `"$@" ${stream} /dev/full`, "sh", ...run, ...args] });
  const { code, stderr } = await patiently(command.output(), `peer ${args.join(" ")}`);
  return { code, complaints: toUtf8(stderr) };
}

Deno.test("Ctrl-C before the end is 130, after it 0", async () => {
  await using temp = await makeTempDir();
  const dir = temp.path;
  const { torrent, path } = await makeTorrentFile(dir, { size: 100_000 });
  await using leecher = new PeerProcess([torrent, `${dir}/copy`]);
  await leecher.event("progress", (event) => event.state === "downloading");
  assert.equal(await leecher.process.stop(), 130);
  await using seeder = new PeerProcess([torrent, path]);
  await seeder.event("complete");
  assert.equal(await seeder.process.stop(), 0);
});

Deno.test("one Ctrl-C that arrives twice, as task runners pass it on, still leaves in order", async () => {
  await using temp = await makeTempDir();
  const { torrent } = await makeTorrentFile(temp.path, { size: 100_000 });
  await using leecher = new PeerProcess([torrent, temp.join("copy")]);
  await leecher.event("progress", (event) => event.state === "downloading");
  leecher.process.signal("SIGINT");
  leecher.process.signal("SIGINT");
  assert.equal(await leecher.exited(), 130);
  assert.equal(leecher.all("stopped").length, 1);
});

Deno.test("a fatal error is an event of --json too", async () => {
  const { code, output } = await peer("0", "none.torrent", "out", "--json");
  assert.equal(code, 2);
  const event = JSON.parse(output);
  assert.deepEqual([event.type, event.kind, event.fatal], ["error", "input", true]);
});

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}
