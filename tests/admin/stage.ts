// The stage for tests of the admin page: one browser for all tests of a file, and for each a tracker and pages that are
// watched for faults.

import assert from "node:assert/strict";
import { type Browser, findChromium, launchChromium } from "../support/chromium.ts";
import { LiveTracker } from "./live_tracker.ts";
import { type PageOptions, WatchedPage } from "./watched_page.ts";

const found = await findChromium();
const mustRun = Deno.env.get("CI") === "true";

/** One browser for all tests; each has a profile of its own. */
let browser: Browser | undefined;

/** What a test sets up; everything is taken down at its end, the pages first. */
export interface Stage {
  /** A tracker that knows torrents of these names. */
  start: (...options: Parameters<typeof LiveTracker.start>) => Promise<LiveTracker>;
  /** Takes care of a tracker that was started otherwise. */
  use: <Tracker extends AsyncDisposable>(tracker: Tracker) => Tracker;
  /** Opens an address of a tracker's page, signed in. */
  open: (tracker: LiveTracker, path?: string, options?: PageOptions) => Promise<WatchedPage>;
}

/** A test in the browser; skipped where there is none. */
export function test(name: string, run: (stage: Stage) => Promise<void>): void {
  if ("missing" in found) return;
  const fn = async () => {
    await using stack = new AsyncDisposableStack();
    const pages: WatchedPage[] = [];
    await run({
      start: async (...options) => stack.use(await LiveTracker.start(...options)),
      use: (tracker) => stack.use(tracker),
      open: async (tracker, path = "/", { isSignedOut = false, ...options } = {}) => {
        if (!browser) throw new Error("Cannot open a page: the browser isn't running");
        const url = isSignedOut ? tracker.origin + path : tracker.link(path);
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
