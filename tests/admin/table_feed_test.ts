import assert from "node:assert/strict";
import { SwarmsFeed } from "../../admin/feeds/swarms_feed.ts";
import { answering, hash, NEVER, rowsAnswer, swarmRow } from "./states.ts";

const A = swarmRow({ infoHash: hash("a"), seeders: 2 });
const B = swarmRow({ infoHash: hash("b"), seeders: 1 });
const unchanged = { full: false, keys: null, rows: [] };

function feedOf(...answers: unknown[]) {
  const parts = answering(...answers);
  return { feed: new SwarmsFeed(parts), ...parts };
}

Deno.test("TableFeed asks for what changed since the last answer to the same question", async () => {
  const { asked, feed } = feedOf(
    rowsAnswer([A, B], { cursor: "c 1" }),
    rowsAnswer([], { ...unchanged, total: 2, rows: [{ ...B, leechers: 9 }] }),
  );
  await feed.load(NEVER);
  await feed.load(NEVER);
  assert.deepEqual(asked.map(({ path }) => path), [
    "/api/swarms?sort=seeders&order=desc&offset=0&limit=100",
    "/api/swarms?sort=seeders&order=desc&offset=0&limit=100&since=c%201",
  ]);
  assert.deepEqual(feed.table.rows.rows.value, [A, { ...B, leechers: 9 }]);
});

Deno.test("TableFeed asks for everything after another order, search or filter, and says that its rows are old", async () => {
  const { asked, feed } = feedOf(rowsAnswer([A]), rowsAnswer([A]));
  await feed.load(NEVER);
  feed.search(" iso ");
  feed.filter.value = "dead";
  feed.table.sort.value = { column: "name", descending: false };
  const answer = feed.load(NEVER);
  assert.equal(feed.table.rows.isStale.value, true);
  await answer;
  assert.equal(feed.table.rows.isStale.value, false);
  assert.equal(asked[1]?.path, "/api/swarms?sort=name&order=asc&search=iso&filter=dead&offset=0&limit=100");
});

Deno.test("TableFeed asks for everything at once when it gets changes to rows that it does not have", async () => {
  const { asked, feed } = feedOf(
    rowsAnswer([A]),
    rowsAnswer([], { ...unchanged, keys: [hash("c")] }),
    rowsAnswer([B]),
  );
  await feed.load(NEVER);
  assert.equal(await feed.load(NEVER), false);
  assert.equal(await feed.load(NEVER), true);
  assert.doesNotMatch(asked[2]?.path ?? "", /since/);
  assert.deepEqual(feed.table.rows.rows.value, [B]);
});

Deno.test("TableFeed takes no answer in that comes too late", async () => {
  const { feed } = feedOf(rowsAnswer([A]));
  const request = new AbortController();
  const answer = feed.load(request.signal);
  request.abort();
  await answer;
  assert.equal(feed.table.rows.total.value, null);
});

Deno.test("TableFeed sets the clock by the answer", async () => {
  const { clock, feed } = feedOf(rowsAnswer([A], { now: 777_000 }));
  await feed.load(NEVER);
  assert.equal(clock.tracker.value, 777_000);
});

Deno.test("SwarmsFeed.restore() leaves an equal view alone, so that nothing is asked anew", () => {
  const { feed } = feedOf();
  feed.restore("?q=iso&sort=-size&show=dead");
  assert.equal(feed.describe(), "?q=iso&sort=-size&show=dead");
  const { value } = feed.table.sort;
  feed.restore("?q=iso&sort=-size&show=dead");
  assert.equal(feed.table.sort.value, value);
  feed.showAll();
  assert.equal(feed.describe(), "?sort=-size");
});
