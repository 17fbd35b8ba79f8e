import assert from "node:assert/strict";
import { AccessLists, ListError } from "../../tracker/access_lists.ts";
import { DataFile } from "../../tracker/data_file.ts";
import { addEntries, type KeptEntries } from "../../tracker/list_additions.ts";
import { Slices } from "../../tracker/sliced_order.ts";

const hash = (n: number) => n.toString(16).padStart(40, "0");
const HASHES = Array.from({ length: 3000 }, (_, n) => hash(n));

/** Lists and their file. `onPause`: each look at the clock takes its time. */
function home(onPause: () => void = () => {}) {
  const lists = new AccessLists();
  const data = DataFile.open();
  let now = 0;
  const slices = new Slices({ now: () => now += 1, pause: () => Promise.resolve(onPause()) });
  const kept = () => {
    const loaded = new AccessLists();
    data.loadLists(loaded);
    return loaded.entries("deny");
  };
  return { lists, data, slices, kept, [Symbol.dispose]: () => data.close() };
}

Deno.test("addEntries() lets everything else have its turn, and adds what isn't there meanwhile", async () => {
  let pauses = 0;
  using to = home(() => {
    if (++pauses === 8) to.data.addEntries("deny", [to.lists.add("deny", hash(2999)) ?? ""]);
  });
  to.data.addEntries("deny", [to.lists.add("deny", hash(7)) ?? ""]);
  const added = await addEntries("deny", [...HASHES, "", hash(5)], to, to.slices);
  assert.ok(pauses >= 10, `${pauses} pauses`);
  assert.deepEqual(added, HASHES.filter((each) => each !== hash(7) && each !== hash(2999)));
  assert.deepEqual(to.lists.entries("deny").sort(), HASHES);
  assert.deepEqual(to.kept().sort(), HASHES);
});

Deno.test("addEntries() adds none before all are read, so that nobody is refused by one that is taken back", async () => {
  using to = home(() => assert.equal(to.lists.size("deny"), 0));
  await assert.rejects(addEntries("deny", [...HASHES, "nonsense"], to, to.slices), (error) => {
    assert.ok(error instanceof ListError);
    assert.match(error.message, /^Line 3001, "nonsense": Cannot use this info hash/);
    return true;
  });
  assert.deepEqual(to.kept(), []);
});

Deno.test("addEntries() takes all back when the disk is full in the middle, and keeps what was there", async () => {
  using to = home();
  await addEntries("deny", [hash(7)], to, to.slices);
  let writes = 0;
  const data: KeptEntries = {
    addEntries: (...args) => {
      if (++writes === 4) throw new Error("database or disk is full");
      to.data.addEntries(...args);
    },
    removeEntries: (...args) => to.data.removeEntries(...args),
  };
  await assert.rejects(addEntries("deny", HASHES, { lists: to.lists, data }, to.slices), /disk is full/);
  assert.deepEqual(to.lists.entries("deny"), [hash(7)]);
  assert.deepEqual(to.kept(), [hash(7)]);
});

Deno.test("addEntries() says which entry had no place left, and takes what is there already", async () => {
  using to = home();
  const clients = Array.from({ length: 1000 }, (_, n) => `-XX${n}`);
  await addEntries("clients", clients.slice(0, 998), to, to.slices);
  await assert.rejects(
    addEntries("clients", ["-XX0", "-XX998", "-XX999", "-XX1000"], to, to.slices),
    /^ListError: Line 4, "-XX1000": Cannot add to the list clients: it would have more than 1000 entries$/,
  );
  assert.equal(to.lists.size("clients"), 998);
  await addEntries("clients", clients, to, to.slices);
  assert.deepEqual(await addEntries("clients", clients, to, to.slices), []);
  await assert.rejects(
    addEntries("clients", ["-YY"], to, to.slices),
    /^ListError: Cannot add to the list clients: it has 1000 entries already$/,
  );
});
