// Which page an address means, and the way between them by the History API. The Back button, deep links and
// the place where a page was scrolled to work as in a page without script.

/// <reference lib="dom" />

import { type ReadonlySignal, signal } from "@preact/signals";

export type Route =
  | { page: "overview" }
  | { page: "swarm"; infoHash: string }
  | { page: "unknown" };

/** The page behind a path. */
export function parseRoute(pathname: string): Route {
  if (pathname === "/" || pathname === "/index.html") return { page: "overview" };
  const infoHash = /^\/swarms\/([0-9a-fA-F]{40})\/?$/.exec(pathname)?.[1];
  return infoHash === undefined ? { page: "unknown" } : { page: "swarm", infoHash: infoHash.toLowerCase() };
}

export function swarmPath(infoHash: string): string {
  return `/swarms/${infoHash}`;
}

/** The part of `window` that the router works on. */
export type RouterWindow = Pick<Window, "location" | "history" | "scrollY" | "addEventListener">;

export class Router {
  readonly route: ReadonlySignal<Route>;
  /** How far down the page was that has just been come back to; 0 for a new one. */
  scrollTop = 0;

  readonly #window: RouterWindow;
  readonly #route;

  constructor(window: RouterWindow) {
    this.#window = window;
    this.#route = signal(parseRoute(window.location.pathname));
    this.route = this.#route;
    // The browser would restore the position before the rows are there.
    window.history.scrollRestoration = "manual";
    window.addEventListener("popstate", (event) => {
      this.scrollTop = readState(event.state).scrollTop ?? 0;
      this.#route.value = parseRoute(window.location.pathname);
    });
  }

  /** Opens a page; the Back button returns to this one. */
  go(path: string): void {
    const { location, history } = this.#window;
    history.replaceState({ ...readState(history.state), scrollTop: this.#window.scrollY }, "");
    history.pushState({ cameFromOverview: this.#route.peek().page === "overview" }, "", path);
    this.scrollTop = 0;
    this.#route.value = parseRoute(location.pathname);
  }

  /** Opens the overview: the one that the reader came from, as it was left, where there is one. */
  goHome(): void {
    if (readState(this.#window.history.state).cameFromOverview) this.#window.history.back();
    else if (this.#route.peek().page !== "overview") this.go("/");
  }

  /** Puts the view of this page into its address, without a step for the Back button. */
  describe(search: string): void {
    const { location, history } = this.#window;
    if (search !== location.search) history.replaceState(history.state, "", location.pathname + search);
  }
}

interface HistoryState {
  scrollTop?: number;
  cameFromOverview?: boolean;
}

// Only this page writes there; nothing there at all is what a fresh entry has.
function readState(state: unknown): HistoryState {
  return state ?? {};
}
