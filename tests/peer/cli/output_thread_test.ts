import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { findOnPath } from "../../support/drivers/program.ts";
import { pseudoRandomBytes } from "../../support/random.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
/** More than any pipe holds. */
const CONTENT = pseudoRandomBytes(3_000_001, 11);
const python = findOnPath("python3");

/** Copies two parts of the file that is named, and says what becomes of them, and that it goes on meanwhile. */
const COPIER = `
import { OutputThread } from "${new URL("../../../peer/cli/output_thread.ts", import.meta.url)}";
const [path, ...lengths] = Deno.args;
using thread = new OutputThread();
let offset = 1;
setTimeout(() => console.error("going on"));
for (const length of lengths.map(Number)) {
  console.error(JSON.stringify(await thread.copy({ path, offset, length })));
  offset += length;
}
Deno.exit();
`;

/**
 * Runs a program with a pipe for standard output that waits for its reader, doesn't (O_NONBLOCK), or does by turns, as others
 * who share it may have it. Reads nothing before it is told to on standard input, then as many bytes as are said and the rest.
 */
const PIPE = `
import fcntl, os, select, subprocess, sys
kind, length, *words = sys.argv[1:]
reader, writer = os.pipe()
flags = fcntl.fcntl(writer, fcntl.F_GETFL)
def wait(is_waiting):
    fcntl.fcntl(writer, fcntl.F_SETFL, flags if is_waiting else flags | os.O_NONBLOCK)
wait(kind == "waiting")
program = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=writer)
while program.poll() is None and not select.select([sys.stdin], [], [], 0.1)[0]:
    pass # one that has ended says nothing more
left = int(length) if program.poll() is None else 0
turn = 0
while left > 0:
    taken = os.read(reader, min(left, 7777))
    sys.stdout.buffer.write(taken)
    left -= len(taken)
    turn += 1
    if kind == "changing":
        wait(turn % 2 == 0)
os.close(writer)
while taken := os.read(reader, 7777):
    sys.stdout.buffer.write(taken)
sys.exit(program.wait())
`;

/** The words that run it on the file at `path`. */
async function copierWords(dir: TempDir, path: string, lengths: number[]): Promise<string[]> {
  await Deno.writeTextFile(dir.join("copier.ts"), COPIER);
  const run = ["run", "-q", "--no-prompt", "--config", `${ROOT}deno.json`, "-P=peer", dir.join("copier.ts")];
  return [...run, path, ...lengths.map(String)];
}

for (const kind of ["waiting", "hasty", "changing"]) {
  Deno.test({
    name: `OutputThread.copy() holds up nobody, and a slow reader gets every byte once: ${kind} pipe`,
    ignore: python === undefined,
    async fn() {
      await using dir = await makeTempDir();
      await Deno.writeFile(dir.join("data"), CONTENT);
      const lengths = [1_200_000, 1_800_000];
      const words = await copierWords(dir, dir.join("data"), lengths);
      const child = new Deno.Command(python as string, {
        args: ["-c", PIPE, kind, "3000000", Deno.execPath(), ...words],
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const stdout = new Response(child.stdout).bytes();
      let said = "";
      for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
        said += text;
        if (said === "going on\n") await child.stdin.close(); // not before: nothing has been read yet
      }
      assert.equal((await child.status).code, 0, said);
      assert.equal(said, 'going on\n"written"\n"written"\n');
      assert.deepEqual(await stdout, CONTENT.subarray(1));
    },
  });
}

Deno.test("OutputThread.copy() tells of a file that it can't read, and of a reader that has gone", async () => {
  await using dir = await makeTempDir();
  await Deno.writeFile(dir.join("data"), CONTENT);
  const resultOf = async (
    path: string,
    length: number,
    ends: (child: Deno.ChildProcess) => Promise<unknown>,
  ) => {
    const args = await copierWords(dir, path, [length]);
    const child = new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "piped" }).spawn();
    const [said] = await Promise.all([new Response(child.stderr).text(), ends(child), child.status]);
    return JSON.parse(said.replace("going on\n", ""));
  };
  const drain = (child: Deno.ChildProcess) => new Response(child.stdout).bytes();
  const leave = (child: Deno.ChildProcess) => child.stdout.cancel();
  assert.deepEqual(await resultOf(dir.join("data"), CONTENT.length, drain), {
    failure: `Cannot read ${dir.join("data")}: it ends too early`,
  });
  const missing = await resultOf(dir.join("none"), 1, drain);
  assert.match(missing.failure, /^Cannot read .*none: No such file/);
  assert.equal(await resultOf(dir.join("data"), CONTENT.length - 1, leave), "reader-gone");
});
