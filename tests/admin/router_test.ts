import assert from "node:assert/strict";
import {
  managePath,
  parseRoute,
  Router,
  type RouterWindow,
  SECTIONS,
  swarmPath,
} from "../../admin/router.ts";
import { hash } from "./states.ts";

/** A browser window with nothing but an address bar and a Back button. */
class FakeWindow {
  scrollY = 0;
  readonly location = { pathname: "/", search: "" };
  readonly #entries: { path: string; state: unknown }[];
  #at = 0;
  #onPop: (event: { state: unknown }) => void = () => {};

  readonly history = {
    scrollRestoration: "auto",
    state: null as unknown,
    pushState: (state: unknown, _: string, path: string) => {
      this.#entries.splice(++this.#at, Infinity, { path, state });
      this.#show();
    },
    replaceState: (state: unknown, _: string, path?: string) => {
      this.#entries[this.#at] = { path: path ?? this.#entries[this.#at]?.path ?? "/", state };
      this.#show();
    },
    back: () => {
      this.#at--;
      this.#show();
      this.#onPop({ state: this.history.state });
    },
  };

  constructor(path = "/") {
    this.#entries = [{ path, state: null }];
    this.#show();
  }

  addEventListener(_: string, listener: (event: { state: unknown }) => void): void {
    this.#onPop = listener;
  }

  get length(): number {
    return this.#entries.length;
  }

  get path(): string {
    return this.location.pathname + this.location.search;
  }

  #show(): void {
    const { path, state } = this.#entries[this.#at] ?? { path: "/", state: null };
    const url = new URL(path, "http://tracker.invalid");
    this.location.pathname = url.pathname;
    this.location.search = url.search;
    this.history.state = state;
  }
}

function open(path = "/"): { window: FakeWindow; router: Router } {
  const window = new FakeWindow(path);
  return { window, router: new Router(window as unknown as RouterWindow) };
}

Deno.test("parseRoute() knows the pages and nothing else", () => {
  assert.deepEqual(parseRoute("/"), { page: "overview" });
  assert.deepEqual(parseRoute("/index.html"), { page: "overview" });
  assert.deepEqual(parseRoute("/swarms"), { page: "swarms" });
  assert.deepEqual(parseRoute("/swarms/"), { page: "swarms" });
  assert.deepEqual(parseRoute("/events"), { page: "events" });
  assert.deepEqual(parseRoute("/manage"), { page: "manage", section: "torrents" });
  for (const section of SECTIONS) {
    assert.deepEqual(parseRoute(managePath(section)), { page: "manage", section });
  }
  assert.deepEqual(parseRoute(swarmPath(hash("a"))), { page: "swarm", infoHash: hash("a") });
  assert.deepEqual(parseRoute(`/swarms/${hash("A")}/`), { page: "swarm", infoHash: hash("a") });
  for (const path of ["/swarms/xyz", `/swarms/${hash("a")}0`, "/other", "/manage/none"]) {
    assert.deepEqual(parseRoute(path), { page: "unknown" }, path);
  }
});

Deno.test("Router opens at the page that its address names", () => {
  assert.deepEqual(open(swarmPath(hash("b"))).router.route.value, { page: "swarm", infoHash: hash("b") });
});

Deno.test("Router.go() and the Back button lead there and back, to where the page was scrolled", () => {
  const { window, router } = open();
  window.scrollY = 640;
  router.go(swarmPath(hash("a")));
  assert.equal(router.route.value.page, "swarm");
  assert.equal(router.scrollTop, 0);
  window.history.back();
  assert.equal(router.route.value.page, "overview");
  assert.equal(router.scrollTop, 640);
});

Deno.test("Router.goToSwarms() goes back where the reader came from there, and forth where not", () => {
  const came = open("/swarms?q=iso");
  came.router.go(swarmPath(hash("a")));
  came.router.goToSwarms();
  assert.equal(came.window.path, "/swarms?q=iso");
  assert.equal(came.window.length, 2);

  const direct = open(swarmPath(hash("a")));
  direct.router.goToSwarms();
  assert.equal(direct.window.path, "/swarms");
  assert.equal(direct.router.route.value.page, "swarms");
});

Deno.test("Router.describe() changes the address and makes no step for the Back button", () => {
  const { window, router } = open();
  router.describe("?q=a");
  router.describe("?q=ab");
  assert.equal(window.path, "/?q=ab");
  assert.equal(window.length, 1);
  router.describe("");
  assert.equal(window.path, "/");
});
