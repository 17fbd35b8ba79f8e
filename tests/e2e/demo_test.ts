// `demo`: what a new user runs first.

import assert from "node:assert/strict";
import { ProgramProcess } from "../../peer/demo/program_process.ts";
import { freePorts } from "../support/free_port.ts";
import { patiently, runToEnd } from "../support/programs.ts";
import { makeTempDir } from "../support/temp_dir.ts";

const demo = (...args: string[]) => runToEnd("demo", "peer/demo/main.ts", args);

/** Four ports in a row and one for the tracker. */
function demoPorts(): { tracker: string; peers: string } {
  const first = freePorts(5);
  return { tracker: `${first + 4}`, peers: `${first}` };
}

function leftovers(): string[] {
  const tmp = Deno.makeTempDirSync();
  Deno.removeSync(tmp);
  const parent = tmp.slice(0, tmp.lastIndexOf("/"));
  return [...Deno.readDirSync(parent)].map((entry) => entry.name).filter((name) =>
    name.startsWith("seedling-demo-")
  );
}

Deno.test("the demo ends with identical copies, says who gave what, and leaves nothing behind", async () => {
  await using temp = await makeTempDir();
  const dir = temp.path;
  const path = `${dir}/file.bin`;
  await Deno.writeFile(path, crypto.getRandomValues(new Uint8Array(60_000)));
  const before = leftovers();
  const ports = demoPorts();
  const { code, output, complaints } = await demo(
    path,
    "--tracker-port",
    ports.tracker,
    "--peer-port",
    ports.peers,
  );
  assert.equal(code, 0, complaints);
  assert.match(output, /3 copies identical to the original, byte for byte/);
  assert.match(output, /from \\ to/);
  assert.match(output, /60\.0 kB/);
  assert.deepEqual(leftovers(), before);
  // Whatever it started has let its port go.
  for (const port of [ports.tracker, ports.peers]) Deno.listen({ port: Number(port) }).close();
});

Deno.test("the demo that stays shows the admin page, with the torrent's name, until it is interrupted", async () => {
  await using temp = await makeTempDir();
  await Deno.writeFile(temp.join("harvest.bin"), crypto.getRandomValues(new Uint8Array(60_000)));
  const before = leftovers();
  const ports = demoPorts();
  const staying = Promise.withResolvers<string>();
  const process = new ProgramProcess({
    permissions: "demo",
    main: "peer/demo/main.ts",
    args: [temp.join("harvest.bin"), "--keep", "--tracker-port", ports.tracker, "--peer-port", ports.peers],
    onLine: (line) => line.startsWith("Still running") && staying.resolve(line),
  });
  try {
    const said = await patiently(Promise.race([staying.promise, process.exited]), "the demo to stay");
    const page = await fetch(`http://127.0.0.1:${ports.tracker}/`);
    assert.equal(page.status, 200, process.complaints);
    assert.match(await page.text(), /<html/);
    const [, token] = /#token=([\w-]+)/.exec(String(said)) ?? [];
    const headers = { authorization: `Bearer ${token}` };
    const swarms = async (): Promise<{ name: string; seeders: number }[]> => {
      const answer = await fetch(`http://127.0.0.1:${ports.tracker}/api/swarms`, { headers });
      return (await answer.json()).rows;
    };
    // Who is complete still has to tell the tracker.
    const allSeed = async () => {
      let found = await swarms();
      while (found[0]?.seeders !== 4) {
        await new Promise((wake) => setTimeout(wake, 50));
        found = await swarms();
      }
      return found;
    };
    const found = await patiently(allSeed(), "four seeders on the page");
    assert.deepEqual(found.map(({ name }) => name), ["harvest.bin"]);
  } finally {
    process.signal("SIGINT");
    await patiently(process.exited, "the demo's end");
  }
  assert.equal(await process.exited, 0);
  assert.deepEqual(leftovers(), before);
});

Deno.test("the demo takes free ports where it is told 0, and says which", async () => {
  await using temp = await makeTempDir();
  await Deno.writeFile(temp.join("file.bin"), crypto.getRandomValues(new Uint8Array(60_000)));
  const flags = ["--tracker-port", "0", "--peer-port", "0", "--leechers", "1"];
  const { code, output, complaints } = await demo(temp.join("file.bin"), ...flags);
  assert.equal(code, 0, complaints);
  assert.match(output, /^tracker and admin page: http:\/\/localhost:[1-9]\d+\//m);
  assert.match(output, /^leecher [1-9]\d+ is complete/m);
});

Deno.test("the demo that finds no row of free ports long enough says what to choose", async () => {
  const { code, complaints } = await demo("--tracker-port", "0", "--peer-port", "0", "--leechers", "65000");
  assert.equal(code, 4);
  assert.match(complaints, /^Cannot start the demo: .* 65,001 free ports in a row.*: choose .*--leechers$/m);
});

Deno.test("the demo names the ports that are in use", async () => {
  const ports = demoPorts();
  using _taken = Deno.listen({ port: Number(ports.peers) + 1, hostname: "::" });
  const { code, complaints } = await demo("--tracker-port", ports.tracker, "--peer-port", ports.peers);
  assert.equal(code, 4);
  assert.match(
    complaints,
    new RegExp(`in use: port ${Number(ports.peers) + 1}: stop the program that holds it`),
  );
});

Deno.test("the demo of a path that isn't there says so", async () => {
  const ports = demoPorts();
  const { code, complaints } = await demo(
    "/nowhere",
    "--tracker-port",
    ports.tracker,
    "--peer-port",
    ports.peers,
  );
  assert.equal(code, 2);
  assert.match(complaints, /^Cannot read \/nowhere: it does not exist$/m);
});

Deno.test("the demo of a folder that can't be shared says why, in one line", async () => {
  await using temp = await makeTempDir();
  await Deno.symlink("itself", temp.join("itself"));
  const before = leftovers();
  const ports = demoPorts();
  const { code, complaints } = await demo(
    temp.path,
    "--tracker-port",
    ports.tracker,
    "--peer-port",
    ports.peers,
  );
  assert.equal(code, 2);
  assert.equal(
    complaints.trim(),
    `Cannot follow ${temp.join("itself")}: its symbolic links lead in a circle`,
  );
  assert.deepEqual(leftovers(), before);
});

Deno.test("the demo says which --peer-port leaves its leechers one each", async () => {
  const few = await demo("--peer-port", "65535");
  assert.equal(few.code, 2);
  assert.match(few.complaints, /^Cannot start the demo: 3 leechers .*: choose a --peer-port up to 65532$/m);
  const many = await demo("--leechers", "999999999");
  assert.equal(many.code, 2);
  assert.match(many.complaints, /: choose fewer with --leechers$/m);
});
