// `deno task compile`: what gets into the binaries, and the binaries themselves where they can be made.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { makeTempDir } from "../support/temp_dir.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The commands that the task runs, as deno.json has them. */
async function compileCommands(): Promise<string[][]> {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const [commands = ""] = (tasks.compile.command as string).split("||");
  return commands.split("&&").map((command) => command.trim().split(/\s+/).slice(1));
}

/** Runs one of them with another place to write to. */
async function compile(args: string[], target: string, env: Record<string, string>) {
  const at = args.indexOf("-o");
  // Without -q it lists what it embeds.
  const changed = args.map((arg, i) => (i === at + 1 ? target : arg)).filter((arg) => arg !== "-q");
  const command = new Deno.Command(Deno.execPath(), {
    args: changed,
    cwd: ROOT,
    env: { NO_COLOR: "1", ...env },
  });
  const { success, stderr } = await command.output();
  return { success, said: new TextDecoder().decode(stderr) };
}

/** Unless it is there, as it is in a run of all tests, others of which are serving it meanwhile. */
async function buildPage(): Promise<void> {
  if (await Deno.stat(`${ROOT}admin/dist/index.html`).then(() => true, () => false)) return;
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "-q", "admin:build"],
    cwd: ROOT,
  }).output();
  assert(success, "the page builds");
}

Deno.test("the binaries hold the page, the Worker and no package that they don't use", async () => {
  await buildPage();
  await using dir = await makeTempDir();
  const [tracker = [], peer = []] = await compileCommands();
  // The runtime itself stands in for the one that is fetched: embedding works the same, though what comes out doesn't run.
  const env = { DENORT_BIN: Deno.execPath() };
  const trackerBuild = await compile(tracker, dir.join("tracker"), env);
  assert(trackerBuild.success, trackerBuild.said);
  assert.match(trackerBuild.said, /dist\/\*|index\.html/);
  assert(!trackerBuild.said.includes("playwright"), trackerBuild.said);
  const peerBuild = await compile(peer, dir.join("peer"), env);
  assert(peerBuild.success, peerBuild.said);
  assert.match(peerBuild.said, /storage\/\*|disk_worker\.ts/);
  assert(!peerBuild.said.includes("playwright"), peerBuild.said);
});

// Tests fetch nothing from outside, so the runtime must be here already.
const DENORT = Deno.env.get("DENORT_BIN");

Deno.test({
  name: DENORT === undefined
    ? "the compiled programs run (skipped: set DENORT_BIN to the denort that deno compile embeds)"
    : "the compiled programs run",
  ignore: DENORT === undefined,
  fn: runCompiled,
});

async function runCompiled(): Promise<void> {
  await buildPage();
  await using dir = await makeTempDir();
  const [tracker = [], peer = []] = await compileCommands();
  for (const [args, name] of [[tracker, "tracker"], [peer, "peer"]] as const) {
    const build = await compile(args, dir.join(name), {});
    assert(build.success, build.said);
  }
  await Deno.writeTextFile(dir.join("data"), "seed");
  const run = async (program: string, ...args: string[]) => {
    const { code, stderr } = await new Deno.Command(dir.join(program), { args, cwd: dir.path }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
  };
  await run("peer", "create", "data", "-o", "data.torrent");
  await run("peer", "verify", "data.torrent", "data");
  await run("peer", "0", "data.torrent", "data", "--exit");
  const process = new Deno.Command(dir.join("tracker"), {
    args: ["--port", "0"],
    cwd: dir.path,
    stdout: "piped",
  }).spawn();
  try {
    const [line = ""] =
      (await process.stdout.pipeThrough(new TextDecoderStream()).getReader().read()).value?.split("\n") ?? [];
    const port = /port (\d+)/.exec(line)?.[1];
    const page = await fetch(`http://127.0.0.1:${port}/`);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /<html/);
  } finally {
    process.kill("SIGINT");
    await process.status;
  }
}
