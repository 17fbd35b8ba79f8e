/// <reference lib="dom" />
// When pages are first painted, in a browser that runs already: PLAIN OURS TIMES, both addresses. Each is opened in turn in
// a new tab, once with nothing cached and once again. Prints, as JSON, the milliseconds from each navigation's start to its
// first contentful paint.

import { type Browser, type BrowserContext, findChromium, launchChromium } from "../../support/chromium.ts";

/** What is printed: a number for each time. */
export interface Paints {
  plain: number[];
  plainAgain: number[];
  ours: number[];
  oursAgain: number[];
}

async function paintOf(context: BrowserContext, url: string): Promise<number> {
  const page = await context.newPage();
  await page.goto(url);
  const ms = await page.evaluate(async () => {
    for (;;) {
      const [entry] = performance.getEntriesByName("first-contentful-paint");
      if (entry !== undefined) return entry.startTime;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });
  await page.close();
  return ms;
}

async function measure(browser: Browser, plain: string, ours: string, times: number): Promise<Paints> {
  const paints: Paints = { plain: [], plainAgain: [], ours: [], oursAgain: [] };
  for (let n = -1; n < times; n++) {
    const context = await browser.newContext({ locale: "en-US" });
    const taken = [plain, ours, plain, ours];
    const ms: number[] = [];
    for (const url of taken) ms.push(await paintOf(context, url));
    await context.close();
    // The browser's own first pages are slow, whatever is on them.
    if (n < 0) continue;
    const [a = NaN, b = NaN, c = NaN, d = NaN] = ms;
    paints.plain.push(a);
    paints.ours.push(b);
    paints.plainAgain.push(c);
    paints.oursAgain.push(d);
  }
  return paints;
}

const [plain = "", ours = "", times] = Deno.args;
const found = await findChromium();
if ("missing" in found) throw new Error(found.missing);
const browser = await launchChromium(found.path);
try {
  console.log(JSON.stringify(await measure(browser, plain, ours, Number(times))));
} finally {
  await browser.close();
}
