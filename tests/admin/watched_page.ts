/// <reference lib="dom" />
// The admin page in a browser, watched: an error on the console, a violation of the CSP or a request to
// another host fails the test that it happens in.

import assert from "node:assert/strict";
import type { Browser, BrowserContext, Page } from "../support/chromium.ts";

/** Nothing on the page takes so long. */
const PATIENCE_MS = 20_000;

/** What names a row in the tables of swarms and of peers. */
const ROWS = "table:is(.swarms, .peers) tbody :is(.row-link, th > code)";

export interface PageOptions {
  width?: number;
  height?: number;
  colorScheme?: "light" | "dark";
  reducedMotion?: "reduce" | "no-preference";
  /** "active": the system's few colours take the place of the page's. */
  forcedColors?: "active";
  /** The certificate may be anybody's. */
  ignoreHTTPSErrors?: boolean;
  /** Without the token. */
  isSignedOut?: boolean;
  /** Requests that the tracker shall refuse: the browser complains about each. */
  refusals?: number;
  /** The tracker will be away for a while: that the browser complains about it is no fault of the page. */
  isInterrupted?: boolean;
}

export class WatchedPage implements AsyncDisposable {
  readonly page: Page;
  readonly #context: BrowserContext;
  /** What went wrong on the page so far. A test that ends with any has failed. */
  readonly faults: string[] = [];

  private constructor(page: Page, context: BrowserContext) {
    this.page = page;
    this.#context = context;
  }

  static async open(
    browser: Browser,
    url: string,
    { width = 1280, height = 900, isInterrupted = false, refusals = 0, ...options }: PageOptions = {},
  ): Promise<WatchedPage> {
    // Without a locale the packaged browser tells pages a language, "en-US@posix", that Intl and so the plot refuses.
    const context = await browser.newContext({ viewport: { width, height }, locale: "en-US", ...options });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    const watched = new WatchedPage(page, context);
    watched.#watch(new URL(url).origin, isInterrupted, refusals);
    await page.goto(url);
    return watched;
  }

  #watch(origin: string, isInterrupted: boolean, refusals: number): void {
    this.page.on("pageerror", (error) => this.faults.push(`error: ${error.message}`));
    this.page.on("console", (message) => {
      const text = message.text();
      if (isInterrupted && text.includes("net::ERR_")) return;
      if (/status of 4\d\d/.test(text) && refusals-- > 0) return;
      if (["error", "warning"].includes(message.type())) this.faults.push(`${message.type()}: ${text}`);
    });
    this.page.on("request", (request) => {
      if (!request.url().startsWith(`${origin}/`)) this.faults.push(`foreign request: ${request.url()}`);
    });
  }

  /** Waits until an element is there that holds this text. */
  async see(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).filter({ visible: true }).first().waitFor();
  }

  button(name: string | RegExp): ReturnType<Page["getByRole"]> {
    return this.page.getByRole("button", { name, exact: typeof name === "string" });
  }

  /** Waits until no element holds this text. */
  async miss(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).filter({ visible: true }).first().waitFor({ state: "hidden" });
  }

  /** Waits until a figure, by its label, shows this. */
  async seeFigure(label: string, value: string | RegExp): Promise<void> {
    const figure = this.page.locator(".figure").filter({
      has: this.page.getByText(label, { exact: true }),
    });
    await figure.locator(".value").getByText(value, { exact: true }).waitFor();
  }

  /** Waits until the tables' rows, by the text of their headings, are these in this order. */
  async seeRows(names: string[]): Promise<void> {
    try {
      await this.page.waitForFunction(
        ({ names, rows }) => {
          const links = [...document.querySelectorAll(rows)];
          return links.map((link) => link.textContent).join("\n") === names.join("\n");
        },
        { names, rows: ROWS },
      );
    } catch {
      assert.deepEqual(await this.page.locator(ROWS).allTextContents(), names);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#context.close();
  }
}
