// The admin page in a real browser, on the real tracker.

import assert from "node:assert/strict";
import { type Browser, findChromium, launchChromium } from "../support/chromium.ts";
import { LiveTracker, strangeHash } from "./live_tracker.ts";
import { findFaintTexts, findNamelessControls, sidewaysScroll } from "./readability.ts";
import { type PageOptions, WatchedPage } from "./watched_page.ts";

const DIST = new URL("../../admin/dist/", import.meta.url);
const found = await findChromium();
const mustRun = Deno.env.get("CI") === "true";

/** One browser for all tests; each has a profile of its own. */
let browser: Browser | undefined;

/** What a test sets up; everything is taken down at its end, the pages first. */
interface Stage {
  /** A tracker that knows torrents of these names. */
  start: (names?: string[]) => Promise<LiveTracker>;
  open: (url: string, options?: PageOptions) => Promise<WatchedPage>;
}

function test(name: string, run: (stage: Stage) => Promise<void>): void {
  if ("missing" in found) return;
  const fn = async () => {
    await using stack = new AsyncDisposableStack();
    const pages: WatchedPage[] = [];
    await run({
      start: async (names) => stack.use(await LiveTracker.start(names)),
      open: async (url, options) => {
        if (!browser) throw new Error("Cannot open a page: the browser isn't running");
        const page = stack.use(await WatchedPage.open(browser, url, options));
        pages.push(page);
        return page;
      },
    });
    for (const { faults } of pages) assert.deepEqual(faults, []);
  };
  // The browser and its pipe outlive each single test.
  Deno.test({ name, fn, sanitizeOps: false, sanitizeResources: false });
}

if ("missing" in found) {
  const name = `The admin page in a browser (not run: ${found.missing})`;
  Deno.test({ name, ignore: !mustRun, fn: () => assert.fail(found.missing) });
} else {
  Deno.test.beforeAll(async () => {
    browser = await launchChromium(found.path);
  });
  Deno.test.afterAll(() => browser?.close());
}

test("The overview of an empty tracker says what to do with it", async ({ open, start }) => {
  const tracker = await start();
  const view = await open(tracker.origin);
  await view.see("No swarms yet");
  await view.see(`${tracker.origin}/announce`);
  await view.seeFigure("Seeders", "0");
  await view.see("Live");
  assert.equal(await view.page.title(), "Seedling");
});

test("Peers appear while they announce and go when they stop, without a reload", async ({ open, start }) => {
  const tracker = await start(["debian.iso"]);
  const view = await open(tracker.origin);
  await view.see("No swarms yet");
  const infoHash = await tracker.infoHashOf("debian.iso");
  await tracker.announce({ infoHash, port: 6881 });
  await view.seeRows(["debian.iso"]);
  await view.seeFigure("Seeders", "1");
  await tracker.announce({ infoHash, port: 6882, left: 500_000 });
  await view.seeFigure("Leechers", "1");
  await tracker.announce({ infoHash, port: 6882, event: "stopped", left: 500_000 });
  await view.seeFigure("Leechers", "0");
});

test("The table of swarms is sorted by its headings", async ({ open, start }) => {
  const names = ["alpha", "beta", "gamma"];
  const tracker = await start(names);
  for (const [i, name] of names.entries()) {
    const infoHash = await tracker.infoHashOf(name);
    for (let peer = 0; peer <= (i + 1) % 3; peer++) await tracker.announce({ infoHash, port: 7000 + peer });
  }
  const view = await open(tracker.origin);
  await view.seeRows(["beta", "alpha", "gamma"]);
  const heading = (name: string) => view.page.getByRole("columnheader", { name });
  assert.equal(await heading("Seeders").getAttribute("aria-sort"), "descending");
  await heading("Seeders").getByRole("button").click();
  await view.seeRows(["gamma", "alpha", "beta"]);
  assert.equal(await heading("Seeders").getAttribute("aria-sort"), "ascending");
  await heading("Name").getByRole("button").click();
  await view.seeRows(["alpha", "beta", "gamma"]);
  assert.equal(await heading("Seeders").getAttribute("aria-sort"), "none");
  assert.match(view.page.url(), /\?sort=name$/);
  await view.page.reload();
  await view.seeRows(["alpha", "beta", "gamma"]);
});

test("Keys alone search, walk through the rows, open a swarm and come back", async ({ open, start }) => {
  const names = ["one.iso", "two.iso", "three.mkv"];
  const tracker = await start(names);
  for (const name of names) await tracker.announce({ infoHash: await tracker.infoHashOf(name), port: 6881 });
  const view = await open(`${tracker.origin}/?sort=name`);
  const { keyboard } = view.page;
  const focused = () => view.page.evaluate(() => document.activeElement?.textContent);
  await view.seeRows(["one.iso", "three.mkv", "two.iso"]);
  await keyboard.press("/");
  await keyboard.type("iso");
  await view.seeRows(["one.iso", "two.iso"]);
  await view.see("2 of 3");
  await keyboard.press("ArrowDown");
  assert.equal(await focused(), "one.iso");
  await keyboard.press("ArrowDown");
  assert.equal(await focused(), "two.iso");
  await keyboard.press("Enter");
  await view.page.getByRole("heading", { level: 1, name: "two.iso" }).waitFor();
  assert.equal(await focused(), "two.iso", "the new page's heading has the focus");
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

test("A search without a match says so and can be cleared", async ({ open, start }) => {
  const tracker = await start();
  await tracker.announce({ infoHash: strangeHash(0), port: 6881 });
  const view = await open(`${tracker.origin}/?q=zebra`);
  await view.see("No swarm matches");
  await view.page.getByRole("button", { name: "Clear the search" }).click();
  await view.page.locator("tbody tr").waitFor();
  assert.equal(new URL(view.page.url()).search, "");
});

test("A swarm's page shows its peers live, and Back returns to the overview", async ({ open, start }) => {
  const tracker = await start(["film.mkv"]);
  const infoHash = await tracker.infoHashOf("film.mkv");
  await tracker.announce({ infoHash, port: 6881, uploaded: 5_000_000 });
  await tracker.announce({ infoHash, port: 6882, left: 577_000, client: "-TR4060-" });
  const view = await open(tracker.origin);
  await view.page.getByRole("link", { name: "film.mkv" }).click();
  await view.seeRows(["127.0.0.1:6881", "127.0.0.1:6882"]);
  assert.equal(await view.page.title(), "film.mkv · Seedling");
  await view.see(infoHash);
  await view.see("Seedling 0.1.0");
  await view.see(/^Transmission 4/);
  await view.see("42.3 %");
  await view.see("5.00 MB in all");
  await tracker.announce({ infoHash, port: 6883, left: 1_000_000 });
  await view.seeRows(["127.0.0.1:6881", "127.0.0.1:6882", "127.0.0.1:6883"]);
  await tracker.announce({ infoHash, port: 6882, left: 0, event: "completed" });
  await view.seeFigure("Seeders", "2");
  await view.miss("42.3 %");
  await view.page.goBack();
  await view.seeRows(["film.mkv"]);
  assert.equal(new URL(view.page.url()).pathname, "/");
});

test("A swarm's page opens by its address, and waits for one that isn't there", async ({ open, start }) => {
  const tracker = await start();
  const view = await open(`${tracker.origin}/swarms/${strangeHash(7)}`);
  await view.see("No such swarm");
  await tracker.announce({ infoHash: strangeHash(7), port: 6881 });
  await view.seeRows(["127.0.0.1:6881"]);
  await view.page.getByRole("link", { name: "All swarms", exact: true }).click();
  await view.page.locator(".row-link").waitFor();
});

test("An address of no page leads to the overview", async ({ open, start }) => {
  const tracker = await start();
  const view = await open(`${tracker.origin}/swarms/not-a-hash`);
  await view.see("Nothing grows here");
  await view.page.getByRole("link", { name: "Go to the overview" }).click();
  await view.see("No swarms yet");
});

test("A tracker that stops is missed in words, and its return is noticed", async ({ open, start }) => {
  const tracker = await start(["debian.iso", "fedora.iso"]);
  await tracker.announce({ infoHash: await tracker.infoHashOf("debian.iso"), port: 6881 });
  const view = await open(tracker.origin, { isInterrupted: true });
  await view.seeRows(["debian.iso"]);
  await tracker.stop();
  await view.see("The tracker can’t be reached.");
  await view.see(/These figures are from \d\d:\d\d:\d\d/);
  await view.see("Offline");
  await view.seeRows(["debian.iso"]);
  await tracker.resume();
  await tracker.announce({ infoHash: await tracker.infoHashOf("fedora.iso"), port: 6881 });
  await view.seeRows(["fedora.iso"]);
  await view.see("Live");
  await view.miss("The tracker can’t be reached.");
});

test("The reader need not wait for the next try", async ({ open, start }) => {
  const tracker = await start();
  const view = await open(tracker.origin, { isInterrupted: true });
  await view.see("Live");
  await view.page.clock.install();
  await tracker.stop();
  await view.page.clock.runFor(3000);
  await view.see(/Trying again in \d s/);
  await tracker.resume();
  // The page's clock stands still: only the button can ask.
  await view.page.getByRole("button", { name: "Try now" }).click();
  await view.see("Live");
});

test("A page that never had an answer says that it waits", async ({ open, start }) => {
  const tracker = await start();
  const view = await open(tracker.origin, { isInterrupted: true });
  await view.page.route("**/api/state*", (route) => route.abort());
  await view.page.reload();
  await view.see("Waiting for the tracker");
  await view.page.unroute("**/api/state*");
  await view.see("No swarms yet");
});

test("A page that waits for its first answer has its frame already, and stands still on request", async ({ open, start }) => {
  const tracker = await start();
  const view = await open(tracker.origin, { reducedMotion: "reduce", isInterrupted: true });
  await view.page.route("**/api/state*", () => {});
  await view.page.reload();
  await view.see("Connecting");
  const waiting = view.page.locator(".figure .waiting");
  assert.equal(await waiting.count(), 5);
  assert.equal(await waiting.first().evaluate((element) => getComputedStyle(element).animationName), "none");
});

test("A hidden tab asks nothing, and asks at once when it is seen again", async ({ open, start }) => {
  const tracker = await start();
  const view = await open(tracker.origin);
  await view.see("No swarms yet");
  await view.page.clock.install();
  let polls = 0;
  view.page.on("request", (request) => {
    if (request.url().includes("/api/state")) polls++;
  });
  const show = (state: string) =>
    view.page.evaluate((state) => {
      Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, state);
  await show("hidden");
  const before = polls;
  await view.page.clock.runFor(60_000);
  assert.equal(polls, before);
  await tracker.announce({ infoHash: strangeHash(1), port: 6881 });
  await show("visible");
  await view.page.locator("tbody tr").waitFor();
  assert.ok(polls > before);
});

test("Markup in a name is text", async ({ open, start }) => {
  const names = ["<script>document.title='broken'<script>", "<img src=x onerror=document.title='broken'>"];
  const tracker = await start(names);
  for (const name of names) await tracker.announce({ infoHash: await tracker.infoHashOf(name), port: 6881 });
  const view = await open(`${tracker.origin}/?sort=-name`);
  await view.seeRows([...names]);
  await view.page.getByRole("link", { name: names[1] ?? "" }).click();
  await view.page.getByRole("heading", { level: 1, name: names[1] ?? "" }).waitFor();
  assert.equal(await view.page.title(), `${names[1]} · Seedling`);
  assert.equal(await view.page.locator("img, main script").count(), 0);
});

test("Thousands of swarms come a hundred rows at a time, and all of them are searched", async ({ open, start }) => {
  const tracker = await start();
  const swarms = 3000;
  for (let i = 0; i < swarms; i += 100) {
    const batch = Array.from({ length: 100 }, (_, j) => strangeHash(i + j));
    await Promise.all(batch.map((infoHash) => tracker.announce({ infoHash, port: 6881 })));
  }
  const view = await open(tracker.origin);
  await view.see("Showing 100 of 3,000");
  assert.equal(await view.page.locator("tbody tr").count(), 100);
  await view.page.getByRole("button", { name: "Show 100 more" }).click();
  await view.see("Showing 200 of 3,000");
  await view.page.getByRole("searchbox").fill(strangeHash(swarms - 1));
  await view.page.locator(`[data-row="${strangeHash(swarms - 1)}"]`).waitFor();
  assert.equal(await view.page.locator("tbody tr").count(), 1);
});

test("The info hash can be copied", async ({ open, start }) => {
  const tracker = await start();
  await tracker.announce({ infoHash: strangeHash(3), port: 6881 });
  const view = await open(tracker.origin);
  await view.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await view.page.getByRole("button", { name: "Copy the info hash" }).click();
  await view.page.getByRole("button", { name: "Copied" }).waitFor();
  assert.equal(await view.page.evaluate(() => navigator.clipboard.readText()), strangeHash(3));
  assert.equal(new URL(view.page.url()).pathname, "/", "the button is not the row's link");
});

test("A chosen theme is kept and goes before the system's", async ({ open, start }) => {
  const tracker = await start();
  const view = await open(tracker.origin, { colorScheme: "light" });
  const ground = () =>
    view.page.evaluate(() =>
      getComputedStyle(document.documentElement).backgroundColor.match(/\d+/g)?.map(Number)
    );
  const isDark = async () => ((await ground())?.[0] ?? 255) < 128;
  assert.equal(await isDark(), false);
  await view.page.emulateMedia({ colorScheme: "dark" });
  assert.equal(await isDark(), true);
  await view.page.getByRole("radio", { name: "Light" }).check();
  assert.equal(await isDark(), false);
  await view.page.reload();
  await view.see("Live");
  assert.equal(await isDark(), false);
  await view.page.getByRole("radio", { name: "Follow the system" }).check();
  assert.equal(await isDark(), true);
});

test("The plot is drawn and can be read with the keyboard", async ({ open, start }) => {
  const tracker = await start();
  const view = await open(tracker.origin);
  // The tracker adds a reading every five seconds.
  const plot = view.page.getByRole("img", { name: /^Plot over the last hour\. Seeders: 0/ });
  await plot.waitFor();
  await plot.focus();
  await view.page.keyboard.press("Home");
  await view.page.locator(".plot-frame .when").getByText(/^\d\d:\d\d:\d\d$/).waitFor();
  await view.page.getByRole("radio", { name: "Announces" }).check();
  await view.page.getByRole("img", { name: /Announces per second: / }).waitFor();
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`Every page can be read on every width without sideways scrolling, ${colorScheme}`, async ({ open, start }) => {
    const name = "a-name-that-is-far-too-long-for-a-phone-".repeat(4);
    const tracker = await start([name]);
    const infoHash = await tracker.infoHashOf(name);
    await tracker.announce({ infoHash, port: 6881, uploaded: 123_456_789_012 });
    await tracker.announce({ infoHash, port: 6882, left: 400_000, ip: "203.0.113.255" });
    const view = await open(tracker.origin, { colorScheme, isInterrupted: true });
    for (
      const path of ["/", `/swarms/${infoHash}`, `/swarms/${strangeHash(1)}`, "/swarms/nonsense", "/?q=zebra"]
    ) {
      await view.page.goto(tracker.origin + path);
      await view.see("Live");
      for (const width of [320, 375, 640, 768, 1280, 1920]) {
        await view.page.setViewportSize({ width, height: 900 });
        assert.equal(await view.page.evaluate(sidewaysScroll), 0, `${path} at ${width}`);
        assert.deepEqual(await view.page.evaluate(findFaintTexts), [], `${path} at ${width}`);
      }
      assert.deepEqual(await view.page.evaluate(findNamelessControls), [], path);
    }
    await view.page.route("**/api/state*", (route) => route.abort());
    await view.see("The tracker can’t be reached.");
    assert.deepEqual(await view.page.evaluate(findFaintTexts), [], "offline");
  });
}

Deno.test("The built page weighs less than 60 kB gzipped and has no inline script or style", async () => {
  let bytes = 0;
  for await (const { name } of Deno.readDir(DIST)) {
    const file = await Deno.open(new URL(name, DIST));
    const zipped = file.readable.pipeThrough(new CompressionStream("gzip"));
    bytes += (await new Response(zipped).bytes()).length;
  }
  assert.ok(bytes > 10_000 && bytes < 60_000, `got ${bytes}`);
  const html = await Deno.readTextFile(new URL("index.html", DIST));
  assert.doesNotMatch(html, /<style|style=|<script(?![^>]*\ssrc=)|\son\w+=|https?:/i);
});
