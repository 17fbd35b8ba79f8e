// The simulated cut itself, and a taste of what `deno task torture power` does at length.

import assert from "node:assert/strict";
import { SeededRandom } from "../../support/random.ts";
import { afterCut, type Step } from "./power_cut.ts";
import { cutPeerStates, cutTracker } from "./power_cuts.ts";
import { parseRecords, recordingObstacle } from "./recording.ts";

const TRIES = 200;
const CUTS = 60;
const SEED = 7;

const noise = (length: number) => new SeededRandom(1).bytes(length);
const write = (path: string, bytes: Uint8Array, at = 0): Step => ({ kind: "write", path, at, bytes });
const oldState = new Map([["state", noise(10)]]);
const create: Step = { kind: "create", path: "new" };
const sync: Step = { kind: "sync", path: "new" };
const rename: Step = { kind: "rename", path: "new", to: "state" };

/** What "state" may be after a cut at the end: lengths, and whether it is whole. */
function statesAfter(steps: readonly Step[], whole: Uint8Array): Set<string> {
  const random = new SeededRandom(SEED);
  return new Set(Array.from({ length: TRIES }, () => {
    const state = afterCut(steps, steps.length, random, oldState).get("state") ?? new Uint8Array();
    const [hex, isOld] = [state.toHex(), state.toHex() === oldState.get("state")?.toHex()];
    return isOld ? "old" : hex === whole.toHex() ? "new" : state.length === 0 ? "empty" : "torn";
  }));
}

Deno.test("afterCut(): a file that is renamed without a sync may be empty, torn, new or the old one", () => {
  const bytes = noise(5000);
  const states = statesAfter([create, write("new", bytes), rename], bytes);
  assert.deepEqual([...states].sort(), ["empty", "new", "old", "torn"]);
});

Deno.test("afterCut(): one that is synced before it is renamed is the old or the new one", () => {
  const bytes = noise(5000);
  const states = statesAfter([create, write("new", bytes), sync, rename], bytes);
  assert.deepEqual([...states].sort(), ["new", "old"]);
});

Deno.test("afterCut(): a sync keeps what was written before, and every name that was given before", () => {
  const [first, second] = [noise(600), noise(700)];
  const steps: Step[] = [
    create,
    write("new", first),
    sync,
    rename,
    {
      kind: "create",
      path: "other",
    },
    write("other", second),
    { kind: "sync", path: "other" },
    write("other", noise(9), 700),
  ];
  const random = new SeededRandom(SEED);
  for (let n = 0; n < TRIES; n++) {
    const files = afterCut(steps, steps.length, random, oldState);
    assert.deepEqual(files.get("state"), first);
    assert.deepEqual(files.get("other")?.subarray(0, 700), second);
    assert.deepEqual([...files.keys()].sort(), ["other", "state"]);
  }
});

Deno.test("parseRecords() puts the calls of all threads in order, and leaves out what failed or is elsewhere", () => {
  const hex = (text: string) => [...text].map((c) => `\\x${c.charCodeAt(0).toString(16)}`).join("");
  const [a, b] = [hex("/d/a"), hex("/d/b")];
  const steps = parseRecords(
    [
      `1.0 openat(AT_FDCWD<${hex("/")}>, "${a}", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0600) = 5<${a}> <0.1>
1.4 write(6<${a}>, "${hex("xy")}", 2) = 2 <0.1>
1.6 write(6<${a}>, "${hex("z")}", 1) = 1 <0.1>
1.8 rename("${a}", "${b}") = 0 <0.1>
1.9 write(1<${hex("pipe:[1]")}>, "${hex("ok")}", 2) = 2 <0.1>
2.5 openat(AT_FDCWD<${hex("/")}>, "${a}", O_RDWR|O_CREAT) = -1 EACCES (Permission denied) <0.1>
`,
      `1.2 pwrite64(7<${hex("/elsewhere")}>, "${hex("q")}", 1, 0) = 1 <0.1>
1.7 fdatasync(6<${a}>) = 0 <0.05>
2.0 pwrite64(8<${b}>, "${hex("w")}", 1, 12) = 1 <0.1>
2.2 lseek(8<${b}>, 20, SEEK_SET) = 20 <0.1>
2.3 write(8<${b}>, "${hex("v")}", 1) = 1 <0.1>
`,
    ],
    "/d",
    new Set(),
  );
  const bytes = (text: string) => new TextEncoder().encode(text);
  assert.deepEqual(steps.filter(({ kind, ...rest }) => kind !== "said" || "path" in rest), [
    { kind: "create", path: "a" },
    { kind: "write", path: "a", at: 0, bytes: bytes("xy") },
    { kind: "write", path: "a", at: 2, bytes: bytes("z") },
    { kind: "sync", path: "a" },
    { kind: "rename", path: "a", to: "b" },
    { kind: "write", path: "b", at: 12, bytes: bytes("w") },
    { kind: "write", path: "b", at: 20, bytes: bytes("v") },
  ]);
  assert.deepEqual(steps.at(-3), { kind: "said", bytes: bytes("ok") });
});

const obstacle = await recordingObstacle();
const without = obstacle === undefined ? "" : ` (${obstacle})`;
for (const [what, cut] of [["a peer's state", cutPeerStates], ["a tracker's lists", cutTracker]] as const) {
  Deno.test({
    name: `after a power cut at any moment ${what} can be read, and what was answered is there${without}`,
    ignore: obstacle !== undefined,
    async fn() {
      assert.deepEqual((await cut(CUTS, new SeededRandom(SEED))).lost, []);
    },
  });
}
