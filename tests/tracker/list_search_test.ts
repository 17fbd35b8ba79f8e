import assert from "node:assert/strict";
import { AccessLists } from "../../tracker/access_lists.ts";
import { searchEntries } from "../../tracker/list_search.ts";

const still = { now: () => 0, pause: () => Promise.reject(new Error("nothing takes time here")) };

Deno.test("searchEntries() finds what has the text in it, in whatever case, a part from an offset on", async () => {
  const entries = ["-XL", "-xl0012", "-TR", "-XL99"];
  const all = { search: "xL", offset: 0, limit: 10 };
  assert.deepEqual(await searchEntries(entries, all, still), {
    entries: ["-XL", "-xl0012", "-XL99"],
    total: 3,
  });
  const part = { search: "xl", offset: 1, limit: 1 };
  assert.deepEqual(await searchEntries(entries, part, still), { entries: ["-xl0012"], total: 3 });
  assert.deepEqual(await searchEntries(entries, { ...all, search: "qB" }, still), { entries: [], total: 0 });
});

Deno.test("searchEntries() lets everything else have its turn, in which the list may change", async () => {
  const lists = new AccessLists();
  const hash = (i: number) => i.toString(16).padStart(40, "0");
  for (let i = 0; i < 5000; i++) lists.add("deny", hash(i));
  let now = 0;
  let pauses = 0;
  const slicing = {
    now: () => now += 1, // each look at the clock takes its time
    pause: () => {
      pauses++;
      lists.remove("deny", hash(4999));
      lists.add("deny", hash(0xabcd));
      return Promise.resolve();
    },
  };
  const found = await searchEntries(lists.each("deny"), { search: "abcd", offset: 0, limit: 10 }, slicing);
  assert.deepEqual(found, { entries: [hash(0xabcd)], total: 1 });
  assert.ok(pauses >= 5, `${pauses} pauses`);
});

Deno.test("AccessLists.each() gives the entries of every list as entries() does", () => {
  const lists = new AccessLists();
  lists.add("allow", "ab".repeat(20));
  lists.add("addresses", "192.0.2.0/24");
  lists.add("clients", "-XL");
  for (const list of ["allow", "deny", "addresses", "clients"] as const) {
    assert.deepEqual([...lists.each(list)], lists.entries(list));
  }
});
