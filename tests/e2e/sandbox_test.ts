// The narrowest rights that README shows: a download works with them, and nothing beside it.

import assert from "node:assert/strict";
import { Client } from "../../peer/mod.ts";
import { ROOT } from "../../peer/demo/program_process.ts";
import { toUtf8 } from "../../protocol/mod.ts";
import { freePort } from "../support/free_port.ts";
import { patiently, TrackerProcess } from "../support/programs.ts";
import { makeTempDir } from "../support/temp_dir.ts";
import { makeTorrentFile } from "../support/torrent_file.ts";

/** README's command in words, the part before the program's own and that. */
async function readmeCommand(): Promise<{ rights: string[]; args: string[] }> {
  const readme = await Deno.readTextFile(`${ROOT}README.md`);
  const [, text] = /^(deno run --no-prompt [^`]*? peer\/main\.ts [^`]*?)\n```/m.exec(readme) ?? [];
  assert(text !== undefined, "README shows it");
  const [, , ...words] = text.split(/[\s\\]+/);
  const main = words.indexOf("peer/main.ts");
  return { rights: words.slice(0, main), args: words.slice(main + 1) };
}

Deno.test("the narrowest rights in README are enough for a download, and for no other port or folder", async () => {
  await using dir = await makeTempDir();
  await using tracker = await TrackerProcess.start();
  const { torrent, path, sha1 } = await makeTorrentFile(dir.path, {
    size: 3_000_001,
    announce: tracker.announce,
  });
  const seeder = new Client({ hostname: "127.0.0.1" });
  await seeder.add(await Deno.readFile(torrent), { path });
  await Deno.mkdir(dir.join("downloads"));
  const { rights, args } = await readmeCommand();
  const port = freePort();
  const said: Record<string, string> = {
    "a.torrent": torrent,
    "downloads": dir.join("downloads"),
    "tracker.example.org": "127.0.0.1",
    "6881": `${port}`,
  };
  const ours = (word: string) =>
    word.replace(/a\.torrent|downloads|tracker\.example\.org|6881/g, (name) => said[name] ?? name);
  const run = async (own: string[], more: string[] = []) => {
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", ...rights.map(ours), ...more, "peer/main.ts", ...own, "--exit"],
      cwd: ROOT,
    });
    const { code, stderr } = await patiently(command.output(), "the peer with README's rights");
    return { code, complaints: toUtf8(stderr) };
  };
  const own = args.map(ours);
  assert.deepEqual(await run(own), { code: 0, complaints: "" });
  assert.equal(await sha1(dir.join("downloads", "a")), await sha1(path));
  const states = await Array.fromAsync(Deno.readDir(dir.join("downloads", ".state")));
  assert.equal(states.length, 1);

  const otherPort = await run(own.map((word) => word === `${port}` ? `${port + 1}` : word));
  assert.equal(otherPort.code, 4);
  assert.match(otherPort.complaints, /^Cannot listen on port/);
  const elsewhere = await run(own.map((word) => word === dir.join("downloads", "a") ? dir.join("b") : word));
  assert.equal(elsewhere.code, 3);
  assert.match(elsewhere.complaints, /^Cannot open .*\/b: /);
  await seeder.close();
});
