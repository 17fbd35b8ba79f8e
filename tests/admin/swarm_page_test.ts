// A swarm's page, in a real browser on a real tracker: what it shows, and what is done on it.

import assert from "node:assert/strict";
import { Client } from "../../peer/mod.ts";
import { makeTorrent } from "../support/make_torrent.ts";
import { makeTempDir } from "../support/temp_dir.ts";
import { strangeHash, torrentOf } from "./live_tracker.ts";
import { test } from "./stage.ts";

test("A swarm's page shows its peers live, and Back returns to the table", async ({ open, start }) => {
  const tracker = await start(["film.mkv"]);
  const infoHash = await tracker.infoHashOf("film.mkv");
  await tracker.announce({ infoHash, port: 6881, uploaded: 5_000_000 });
  const half = { infoHash, port: 6882, left: 577_000, client: "-TR4060-" };
  await tracker.announce(half);
  const view = await open(tracker, "/swarms");
  await view.page.getByRole("link", { name: "film.mkv" }).click();
  await view.seeRows(["127.0.0.1:6881", "127.0.0.1:6882"]);
  assert.equal(await view.page.title(), "film.mkv · Seedling");
  await view.see(infoHash);
  await view.see("Seedling 0.1.0");
  await view.see(/^Transmission 4/);
  await view.see("42.3 %");
  await view.see("5.00 MB in all");
  await view.see(/^Noted since \d\d:\d\d, for it is one of the 500 swarms opened last/);
  await view.page.locator(".bins").getByText("Complete: 1 peers").waitFor({ state: "attached" });
  await view.page.locator(".bins").getByText("40 to 50 %: 1 peers").waitFor({ state: "attached" });
  await tracker.announce({ infoHash, port: 6883, left: 1_000_000 });
  await view.seeRows(["127.0.0.1:6881", "127.0.0.1:6882", "127.0.0.1:6883"]);
  await tracker.announce({ ...half, left: 0, event: "completed" });
  await view.seeFigure("Seeders", "2");
  await view.miss("42.3 %");
  await view.page.goBack();
  await view.seeRows(["film.mkv"]);
  assert.equal(new URL(view.page.url()).pathname, "/swarms");
});

test("A swarm's page opens by its address, and waits for one that isn't there", async ({ open, start }) => {
  const tracker = await start();
  const view = await open(tracker, `/swarms/${strangeHash(7)}`);
  await view.see("No such swarm");
  await tracker.announce({ infoHash: strangeHash(7), port: 6881 });
  await view.seeRows(["127.0.0.1:6881"]);
  await view.page.getByRole("link", { name: "All swarms", exact: true }).click();
  await view.seeRows([strangeHash(7)]);
});

test("A registered torrent has its files, its magnet link and its .torrent on the page", async ({ open, start }) => {
  const tracker = await start();
  const metainfo = torrentOf("album.flac", 1_000_000);
  await fetch(`${tracker.origin}/api/torrents`, {
    method: "POST",
    headers: { authorization: `Bearer ${tracker.token}` },
    body: metainfo,
  });
  const infoHash = await tracker.infoHashOf("album.flac");
  const { page, see } = await open(tracker, `/swarms/${infoHash}`).then((view) => ({
    page: view.page,
    see: (text: string) => view.see(text),
  }));
  await page.getByRole("list", { name: "Files" }).getByText("album.flac").waitFor();
  await see("1.00 MB");
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy magnet" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  assert.match(
    await page.evaluate(() => navigator.clipboard.readText()),
    new RegExp(`^magnet:.*${infoHash}`),
  );
  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download .torrent" }).click();
  const bytes = await Deno.readFile(await (await downloading).path());
  assert.deepEqual(bytes, metainfo);
});

test("A real transfer is watched from its start to its end", async ({ open, start }) => {
  const tracker = await start([], { intervalSeconds: 1, minIntervalSeconds: 1 });
  await using temp = await makeTempDir();
  const torrent = await makeTorrent({
    files: 6_000_000,
    pieceLength: 2 ** 17,
    trackers: [[`${tracker.origin}/announce`]],
  });
  await torrent.writeTo(temp.join("original"));
  const clients = [0, 1].map(() => new Client({ hostname: "127.0.0.1", diskWorkers: 1 }));
  try {
    const view = await open(tracker, `/swarms/${torrent.metainfo.infoHash.hex}`);
    await view.see("No such swarm");
    const seeding = await clients[0]?.add(torrent.metainfo, { path: temp.join("original") });
    await seeding?.completed();
    await view.seeFigure("Seeders", "1");
    const leeching = await clients[1]?.add(torrent.metainfo, {
      path: temp.join("copy"),
      // Slow until a part of it has been seen.
      downloadLimit: 300_000,
    });
    await view.seeFigure("Leechers", "1");
    await view.see(/^[1-9]\d?\.\d %$/);
    leeching?.setLimits({ downloadLimit: 0 });
    await leeching?.completed();
    await view.seeFigure("Seeders", "2");
    await view.seeFigure("Leechers", "0");
    await view.seeFigure("Completed", "1");
    assert.equal(await view.page.locator("tbody").getByText("100 %").count(), 2);
    await torrent.compareWith(temp.join("copy"));
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
});

test("A peer is dropped, and comes back with its next announce", async ({ open, start }) => {
  const tracker = await start();
  const infoHash = strangeHash(1);
  for (const port of [6881, 6882]) await tracker.announce({ infoHash, port });
  const view = await open(tracker, `/swarms/${infoHash}?sort=address`);
  await view.seeRows(["127.0.0.1:6881", "127.0.0.1:6882"]);
  await view.button("Drop 127.0.0.1:6881").click();
  await view.see("127.0.0.1:6881 is dropped. It comes back if it announces again.");
  await view.seeRows(["127.0.0.1:6882"]);
  assert.match(
    await view.page.locator(":focus").textContent() ?? "",
    /^127\.0\.0\.1:6882/,
    "the row in its place",
  );
  await tracker.announce({ infoHash, port: 6881, event: "none" });
  await view.seeRows(["127.0.0.1:6881", "127.0.0.1:6882"]);
});

test("A hash that is denied is refused from the next announce on, until that is taken back", async ({ open, start }) => {
  const tracker = await start();
  const infoHash = strangeHash(1);
  await tracker.announce({ infoHash, port: 6881 });
  const view = await open(tracker, `/swarms/${infoHash}`);
  await view.seeRows(["127.0.0.1:6881"]);
  await view.button("Deny").click();
  await view.see("Its announces are refused: the info hash is on the deny list.");
  assert.notEqual(await tracker.refusal({ infoHash, port: 6882 }), null);
  await view.button("Undo").click();
  await view.see("The info hash is off the deny list.");
  assert.equal(await tracker.refusal({ infoHash, port: 6882 }), null);
  await view.button("Deny").waitFor();
});

test("A hash that nobody announces is denied, and taken off the deny list again", async ({ open, start }) => {
  const tracker = await start();
  const infoHash = strangeHash(1);
  const view = await open(tracker, `/swarms/${infoHash}`);
  await view.see("No such swarm");
  await view.button("Deny").click();
  await view.see("Its announces are refused: the info hash is on the deny list.");
  assert.notEqual(await tracker.refusal({ infoHash, port: 6881 }), null);
  await view.page.reload();
  await view.button("Take off the deny list").click();
  await view.button("Deny").waitFor();
  await view.miss("Its announces are refused: the info hash is on the deny list.");
  assert.equal(await tracker.refusal({ infoHash, port: 6881 }), null);
});

test("A swarm that isn't allowed isn't said to be on the deny list", async ({ open, start }) => {
  const tracker = await start();
  const infoHash = strangeHash(1);
  await tracker.announce({ infoHash, port: 6881 });
  const view = await open(tracker, `/swarms/${infoHash}`);
  await view.seeRows(["127.0.0.1:6881"]);
  const other = await open(tracker, "/manage/lists");
  await other.page.getByRole("radio", { name: "Allowed and registered torrents only" }).check();
  await other.see("Only listed torrents are served.");
  await view.see("Its announces are refused: the info hash is neither on the allow list nor registered.");
  await view.miss("Its announces are refused: the info hash is on the deny list.");
  await view.button("Deny").waitFor();
});

test("Markup in the name of a torrent, in a peer's client and in its ip is text", async ({ open, start }) => {
  const names = ["<script>document.title='broken'<script>", "<img src=x onerror=document.title='broken'>"];
  const tracker = await start(names, { allowIpParameter: true });
  for (const name of names) {
    const infoHash = await tracker.infoHashOf(name);
    // Eight characters are a client's name: markup as far as it fits in.
    await tracker.announce({ infoHash, port: 6881, client: "<b>x</b>" });
    await tracker.refusal({ infoHash, port: 6882, ip: "<script>document.title='broken'</script>" });
  }
  const view = await open(tracker, "/");
  for (const name of names) await view.page.locator(".active").getByText(name).waitFor();
  await view.page.getByRole("link", { name: "Swarms", exact: true }).click();
  for (const name of names) await view.page.locator(".swarms").getByText(name).waitFor();
  await view.page.locator(".swarms").getByRole("link", { name: names[1] ?? "" }).click();
  await view.page.getByRole("heading", { level: 1, name: names[1] ?? "" }).waitFor();
  // A client that isn't known goes by the hex of its name.
  await view.page.locator(".peers td.client").getByText("unknown (3c623e783c2f623e").first().waitFor();
  assert.equal(await view.page.title(), `${names[1]} · Seedling`);
  assert.equal(await view.page.locator("main :is(img, script, b:not(.legend b))").count(), 0);
  await view.page.getByRole("link", { name: "Events" }).click();
  await tracker.announce({
    infoHash: await tracker.infoHashOf(names[0] ?? ""),
    port: 6881,
    client: "<b>x</b>",
  });
  await view.page.locator(".tail").getByText(names[0] ?? "").first().waitFor();
  assert.equal(await view.page.locator("main :is(img, script, b)").count(), 0);
});
