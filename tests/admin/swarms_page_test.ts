// The table of swarms, in a real browser on a real tracker.

import assert from "node:assert/strict";
import { LiveTracker, strangeHash } from "./live_tracker.ts";
import { type Stage, test } from "./stage.ts";

test("The table of swarms is sorted by its headings", async ({ open, start }) => {
  const names = ["alpha", "beta", "gamma"];
  const tracker = await start(names);
  for (const [i, name] of names.entries()) {
    const infoHash = await tracker.infoHashOf(name);
    for (let peer = 0; peer <= (i + 1) % 3; peer++) await tracker.announce({ infoHash, port: 7000 + peer });
  }
  const view = await open(tracker, "/swarms");
  await view.seeRows(["beta", "alpha", "gamma"]);
  const heading = (name: string) => view.page.getByRole("columnheader", { name });
  assert.equal(await heading("Seeders").getAttribute("aria-sort"), "descending");
  await heading("Seeders").getByRole("button").click();
  await view.seeRows(["gamma", "alpha", "beta"]);
  assert.equal(await heading("Seeders").getAttribute("aria-sort"), "ascending");
  await heading("Name").getByRole("button").click();
  await view.seeRows(["alpha", "beta", "gamma"]);
  assert.equal(await heading("Seeders").getAttribute("aria-sort"), "none");
  assert.match(view.page.url(), /\/swarms\?sort=name$/);
  await view.page.reload();
  await view.seeRows(["alpha", "beta", "gamma"]);
});

test("Swarms appear and change in the table while their peers announce", async ({ open, start }) => {
  const tracker = await start(["one.iso", "two.iso"]);
  const view = await open(tracker, "/swarms");
  await view.see("No swarms yet");
  await tracker.announce({ infoHash: await tracker.infoHashOf("one.iso"), port: 6881 });
  await view.seeRows(["one.iso"]);
  for (const port of [6881, 6882]) {
    await tracker.announce({ infoHash: await tracker.infoHashOf("two.iso"), port });
  }
  await view.seeRows(["two.iso", "one.iso"]);
});

test("Keys alone search, walk through the rows, open a swarm and come back", async ({ open, start }) => {
  const names = ["one.iso", "two.iso", "three.mkv"];
  const tracker = await start(names);
  for (const name of names) await tracker.announce({ infoHash: await tracker.infoHashOf(name), port: 6881 });
  const view = await open(tracker, "/swarms?sort=name");
  const { keyboard } = view.page;
  const focused = () => view.page.evaluate(() => document.activeElement?.textContent);
  await view.seeRows(["one.iso", "three.mkv", "two.iso"]);
  await keyboard.press("/");
  await keyboard.type("iso");
  await view.seeRows(["one.iso", "two.iso"]);
  await keyboard.press("ArrowDown");
  assert.equal(await focused(), "one.iso");
  await keyboard.press("ArrowDown");
  assert.equal(await focused(), "two.iso");
  await keyboard.press("Enter");
  await view.page.getByRole("heading", { level: 1, name: "two.iso" }).waitFor();
  await keyboard.press("Escape");
  await view.seeRows(["one.iso", "two.iso"]);
  assert.equal(await focused(), "two.iso", "the row that was left has it back");
  await keyboard.press("/");
  await keyboard.press("Escape");
  await view.seeRows(["one.iso", "three.mkv", "two.iso"]);
  await keyboard.press("ArrowDown");
  await keyboard.press("Enter");
  await view.page.getByRole("heading", { level: 1, name: "one.iso" }).waitFor();
  await keyboard.press("/");
  await view.page.locator("input[type=search]:focus").waitFor();
});

test("The keyboard stays in its row when that moves up, and in its place when the row goes", async ({ open, start }) => {
  const names = ["one.iso", "three.mkv", "two.iso"];
  const tracker = await start(names);
  const announce = async (name: string, port: number, event: "started" | "stopped" = "started") =>
    tracker.announce({ infoHash: await tracker.infoHashOf(name), port, event });
  for (const [i, name] of names.entries()) {
    for (let port = 1; port <= 4 - i; port++) await announce(name, 6880 + port);
  }
  const view = await open(tracker, "/swarms");
  const focused = () => view.page.evaluate(() => document.activeElement?.textContent);
  await view.seeRows(["one.iso", "three.mkv", "two.iso"]);
  await view.page.getByRole("link", { name: "two.iso" }).focus();
  for (let port = 7001; port < 7005; port++) await announce("two.iso", port);
  await view.seeRows(["two.iso", "one.iso", "three.mkv"]);
  assert.equal(await focused(), "two.iso");
  await view.page.goto(`${tracker.origin}/swarms?sort=name`);
  await view.seeRows(["one.iso", "three.mkv", "two.iso"]);
  await view.page.getByRole("link", { name: "three.mkv" }).focus();
  for (const port of [6881, 6882, 6883]) await announce("three.mkv", port, "stopped");
  await tracker.api("DELETE", `torrents/${await tracker.infoHashOf("three.mkv")}`);
  await view.seeRows(["one.iso", "two.iso"]);
  assert.equal(await focused(), "two.iso");
});

test("A search without a match says so and can be cleared", async ({ open, start }) => {
  const tracker = await start();
  await tracker.announce({ infoHash: strangeHash(0), port: 6881 });
  const view = await open(tracker, "/swarms?q=zebra");
  await view.see("No swarm matches");
  await view.button("Show all swarms").click();
  await view.seeRows([strangeHash(0)]);
  assert.equal(new URL(view.page.url()).search, "");
});

test("Swarms are filtered, and the address keeps the filter", async ({ open, start }) => {
  const tracker = await start();
  await tracker.announce({ infoHash: strangeHash(1), port: 6881 });
  await tracker.announce({ infoHash: strangeHash(2), port: 6881, left: 5 });
  const view = await open(tracker, "/swarms?sort=name");
  await view.seeRows([strangeHash(1), strangeHash(2)].sort());
  await view.page.getByRole("radio", { name: "No seeder" }).check();
  await view.seeRows([strangeHash(2)]);
  assert.equal(new URL(view.page.url()).searchParams.get("show"), "no-seeder");
  await view.page.getByRole("radio", { name: "Dead" }).check();
  await view.see("No swarm is of this kind at the moment.");
  await tracker.api("PUT", `lists/deny/${strangeHash(3)}`);
  await view.page.getByRole("radio", { name: "Denied" }).check();
  await view.seeRows([strangeHash(3)]);
  await view.page.locator("tbody").getByText("denied").waitFor();
});

test("Ten thousand swarms are scrolled through, sorted and searched, and few rows are there at a time", async ({ open, use }) => {
  const tracker = use(await LiveTracker.startBusy());
  const view = await open(tracker, "/swarms", { height: 900 });
  await view.see("debian-9.0-amd64-netinst.iso");
  const { page } = view;
  const rows = page.locator("tbody tr:not(.space)");
  // All of it is back from the snapshot when the last swarm is.
  await page.waitForFunction(() => Number(document.querySelector("table")?.ariaRowCount) > 9900);
  const count = Number(await page.locator("table").getAttribute("aria-rowcount"));
  assert.ok(await rows.count() < 80, `${await rows.count()} rows`);
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await page.locator(`tr[aria-rowindex="${count}"] .row-link`).waitFor();
  assert.ok(await rows.count() < 80, `${await rows.count()} rows`);
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight / 2));
  await page.locator(`tr[aria-rowindex="${Math.floor(count / 2)}"] .row-link`).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("openbsd-9.1");
  await page.locator("tbody .row-link").getByText("openbsd-9.1").first().waitFor();
  await page.waitForFunction(() => Number(document.querySelector("table")?.ariaRowCount) < 100);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: /openbsd-9\.1/ }).waitFor();
  await page.locator(".peers tbody tr").first().waitFor();
});

/** A table of 500 swarms that has been scrolled to one in its middle. */
async function openFarDown({ open, use }: Pick<Stage, "open" | "use">) {
  const tracker = use(await LiveTracker.startBusy({ swarms: 500, peers: 500, named: 0 }));
  const { page } = await open(tracker, "/swarms?sort=name");
  await page.locator(`tr[aria-rowindex="2"] .row-link`).waitFor();
  await page.evaluate(() => scrollTo(0, 6000));
  const row = page.locator(`tr[aria-rowindex="160"] .row-link`);
  return { page, row, name: await row.textContent() };
}

test("Back returns to the place where the table was left", async (stage) => {
  const { name, page, row } = await openFarDown(stage);
  await row.click();
  await page.getByText("Seeders and leechers").waitFor();
  await page.goBack();
  await page.locator(`tr[aria-rowindex="160"] .row-link`).getByText(name ?? "").waitFor();
  assert.ok(await page.evaluate(() => scrollY) > 5000);
});

test("Who comes back by keys is at the row they left, however far down it is", async (stage) => {
  const { name, page, row } = await openFarDown(stage);
  await row.focus();
  await page.keyboard.press("Enter");
  await page.getByText("Seeders and leechers").waitFor();
  await page.keyboard.press("Escape");
  await page.waitForFunction((name) => document.activeElement?.textContent === name, name);
});

test("A name that is too long for its column is cut at its end, whichever way it is written", async ({ open, start }) => {
  const names = [
    "the harvest festival of the northern valley 2024.mkv",
    "שיעור ראשון בעברית לתלמידים חדשים וותיקים 2024.mkv",
  ];
  const tracker = await start(names);
  for (const name of names) await tracker.announce({ infoHash: await tracker.infoHashOf(name), port: 6881 });
  const view = await open(tracker, "/swarms", { width: 820 });
  for (const name of names) {
    const link = view.page.getByRole("link", { name });
    await link.waitFor();
    const { beginning, column, end } = await link.evaluate((link) => {
      const place = (at: number) => {
        const range = document.createRange();
        range.setStart(link.firstChild ?? link, at);
        range.setEnd(link.firstChild ?? link, at + 1);
        const { left, right } = range.getBoundingClientRect();
        return { left, right };
      };
      const { left, right } = link.getBoundingClientRect();
      return {
        column: { left, right },
        beginning: place(0),
        end: place((link.textContent ?? "").length - 1),
      };
    });
    const isInside = ({ left, right }: { left: number; right: number }) =>
      left >= column.left - 1 && right <= column.right + 1;
    assert.deepEqual([isInside(beginning), isInside(end)], [true, false], name);
    assert.ok(column.right - column.left > 180, "the name has more room than anything beside it");
  }
});
