// The overview and the events, in a real browser on a real tracker.

import assert from "node:assert/strict";
import { makeTempDir } from "../support/temp_dir.ts";
import { TEST_CERT, TEST_KEY } from "../support/test_cert.ts";
import { strangeHash } from "./live_tracker.ts";
import { test } from "./stage.ts";

test("The overview of an empty tracker says what to do with it", async ({ open, start }) => {
  const tracker = await start();
  const view = await open(tracker);
  await view.see("No swarms yet");
  await view.see(tracker.announceUrl);
  await view.seeFigure("Seeders", "0");
  await view.see("Live");
  await view.see("Nothing was rejected.");
  assert.equal(await view.page.title(), "Seedling");
});

test("On a port of its own, over HTTPS, the page names the tracker's port and works as ever", async ({ open, start }) => {
  await using dir = await makeTempDir();
  const tls = { cert: dir.join("cert.pem"), key: dir.join("key.pem") };
  await Deno.writeTextFile(tls.cert, TEST_CERT);
  await Deno.writeTextFile(tls.key, TEST_KEY);
  const tracker = await start([], { adminPort: 0, tls });
  assert.notEqual(new URL(tracker.announceUrl).port, new URL(tracker.origin).port);
  const view = await open(tracker, "/", { ignoreHTTPSErrors: true });
  await view.see(tracker.announceUrl);
  await view.page.reload();
  await view.see(tracker.announceUrl);
  const [cookie] = await view.page.context().cookies();
  assert.deepEqual([cookie?.secure, cookie?.httpOnly, cookie?.sameSite], [true, true, "Strict"]);
});

test("The overview counts peers while they come and go, without a reload", async ({ open, start }) => {
  const tracker = await start(["debian.iso"]);
  const view = await open(tracker);
  await view.see("No swarms yet");
  const infoHash = await tracker.infoHashOf("debian.iso");
  await tracker.announce({ infoHash, port: 6881 });
  await view.seeFigure("Seeders", "1");
  await view.page.locator(".active").getByText("debian.iso").waitFor();
  await tracker.announce({ infoHash, port: 6882, left: 500_000, client: "-TR4060-" });
  await view.seeFigure("Leechers", "1");
  await view.see("1 · 50 %");
  await tracker.announce({ infoHash, port: 6882, event: "stopped", left: 500_000, client: "-TR4060-" });
  await view.seeFigure("Leechers", "0");
});

test("The overview tells what was rejected, and why", async ({ open, start }) => {
  const tracker = await start();
  await tracker.api("PUT", `lists/deny/${strangeHash(1)}`);
  assert.notEqual(await tracker.refusal({ infoHash: strangeHash(1), port: 6881 }), null);
  const view = await open(tracker);
  await view.page.getByRole("list", { name: "Rejected" }).getByText("torrent denied").waitFor();
});

test("Events appear while they happen, the newest first, and lead to their swarm", async ({ open, start }) => {
  const tracker = await start(["film.mkv"]);
  const view = await open(tracker, "/events");
  await view.see("Nothing has happened yet.");
  const infoHash = await tracker.infoHashOf("film.mkv");
  await tracker.announce({ infoHash, port: 6881, left: 1000, client: "-TR4060-" });
  await view.see("started");
  await view.see(/127\.0\.0\.1:6881 · Transmission 4/);
  await tracker.announce({ infoHash, port: 6881, event: "completed", client: "-TR4060-" });
  await view.page.locator(".tail li").first().getByText("completed").waitFor();
  await view.page.locator(".tail").getByRole("link", { name: "film.mkv" }).first().click();
  await view.page.getByRole("heading", { level: 1, name: "film.mkv" }).waitFor();
});

test("The tail of events is held still, and goes on where it was", async ({ open, start }) => {
  const tracker = await start();
  const view = await open(tracker, "/events");
  await view.see("Nothing has happened yet.");
  await view.button("Pause").click();
  await tracker.announce({ infoHash: strangeHash(1), port: 6881 });
  await view.see("Paused. 1 new since.");
  await view.see("Nothing has happened yet.");
  await view.button("Go on").click();
  await view.see("started");
  await view.miss(/^Paused/);
});

test("Events are filtered by kind, and the address keeps the filter", async ({ open, start }) => {
  const tracker = await start();
  const view = await open(tracker, "/events");
  await view.see("Nothing has happened yet.");
  await tracker.announce({ infoHash: strangeHash(1), port: 6881 });
  await tracker.api("PUT", `lists/deny/${strangeHash(2)}`);
  await view.see(`deny ${strangeHash(2)}`);
  await view.see("started");
  await view.page.getByRole("checkbox", { name: "Announces" }).uncheck();
  await view.miss("started");
  await view.see("Added to a list");
  assert.equal(new URL(view.page.url()).searchParams.get("kinds"), "completed,rejected,list");
  await view.page.reload();
  await view.see("Live");
  assert.equal(await view.page.getByRole("checkbox", { name: "Announces" }).isChecked(), false);
});

test("The plot is drawn, for each range, and can be read by pointer and by keys", async ({ open, start }) => {
  const tracker = await start();
  const view = await open(tracker);
  await view.see("The plot begins with the first two readings.");
  // Two readings of before; the tracker's own come every ten seconds.
  const step = 10;
  const now = Math.floor(Date.now() / 1000 / step) * step;
  await view.page.route("**/api/history*", async (route) => {
    const answer = await (await route.fetch()).json();
    answer.time = [now - step, now];
    for (const name in answer.series) answer.series[name] = [name === "seeders" ? 1234 : 5, 7];
    await route.fulfill({ json: answer });
  });
  await view.page.reload();
  const plot = view.page.getByRole("img", { name: /^Plot: Last hour\. Seeders: 7, Leechers: 7/ });
  await plot.focus();
  await view.page.keyboard.press("Home");
  await view.see(/^\d+ \w+, \d\d:\d\d:\d\d$/);
  await view.page.locator(".legend").getByText("1,234").waitFor();
  await view.page.locator("h2").first().click();
  await view.page.locator(".legend").getByText("1,234").waitFor({ state: "hidden" });
  const box = await plot.boundingBox();
  await view.page.mouse.move((box?.x ?? 0) + (box?.width ?? 0) - 80, (box?.y ?? 0) + 50);
  await view.page.locator(".cursor").waitFor();
  await view.page.getByRole("radio", { name: "Month" }).check();
  await view.page.getByRole("heading", { name: "Last month" }).waitFor();
  await view.page.getByRole("radio", { name: "Traffic" }).check();
  await view.page.getByRole("img", { name: /In: 7 B\/s, Out: 7 B\/s/ }).waitFor();
});

test("The plot that was chosen is there again by its address, and when the reader comes Back", async ({ open, start }) => {
  const tracker = await start();
  const view = await open(tracker, "/?plot=memory&range=day");
  const chosen = (name: string) => view.page.getByRole("radio", { name, exact: true });
  await view.page.getByRole("heading", { name: "Last day" }).waitFor();
  assert.ok(await chosen("Memory").isChecked());
  await chosen("Traffic").check();
  await view.page.waitForURL("**/?plot=traffic&range=day");
  await view.page.getByRole("link", { name: "Swarms", exact: true }).click();
  await view.page.getByRole("link", { name: "Overview", exact: true }).click();
  await view.page.getByRole("heading", { name: "Last hour" }).waitFor();
  assert.equal(new URL(view.page.url()).search, "");
  await view.page.goBack();
  await view.page.goBack();
  await view.page.getByRole("heading", { name: "Last day" }).waitFor();
  assert.ok(await chosen("Traffic").isChecked());
});
