// Which page an address means, and the way between them by the History API. The Back button, deep links and
// the place where a page was scrolled to work as in a page without script.

/// <reference lib="dom" />

import { type ReadonlySignal, signal } from "@preact/signals";

export const SECTIONS = ["torrents", "lists", "settings", "audit"] as const;
/** A part of the page on which things are changed. */
export type Section = typeof SECTIONS[number];

export type Route =
  | { page: "overview" }
  | { page: "swarms" }
  | { page: "swarm"; infoHash: string }
  | { page: "events" }
  | { page: "manage"; section: Section }
  | { page: "unknown" };

/** The page behind a path. */
export function parseRoute(pathname: string): Route {
  const path = pathname.replace(/(?<=.)\/$/, "");
  if (path === "/" || path === "/index.html") return { page: "overview" };
  if (path === "/swarms" || path === "/events") return { page: path === "/swarms" ? "swarms" : "events" };
  const infoHash = /^\/swarms\/([0-9a-fA-F]{40})$/.exec(path)?.[1];
  if (infoHash !== undefined) return { page: "swarm", infoHash: infoHash.toLowerCase() };
  const section = path === "/manage" ? "torrents" : SECTIONS.find((each) => path === managePath(each));
  return section === undefined ? { page: "unknown" } : { page: "manage", section };
}

export function swarmPath(infoHash: string): string {
  return `/swarms/${infoHash}`;
}

export function managePath(section: Section): string {
  return `/manage/${section}`;
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
    history.pushState({ cameFromSwarms: this.#route.peek().page === "swarms" }, "", path);
    this.scrollTop = 0;
    this.#route.value = parseRoute(location.pathname);
  }

  /** Opens the table of swarms: the one that the reader came from, as it was left, where there is one. */
  goToSwarms(): void {
    if (readState(this.#window.history.state).cameFromSwarms) this.#window.history.back();
    else if (this.#route.peek().page !== "swarms") this.go("/swarms");
  }

  /** Puts the view of this page into its address, without a step for the Back button. */
  describe(search: string): void {
    const { location, history } = this.#window;
    if (search !== location.search) history.replaceState(history.state, "", location.pathname + search);
  }
}

interface HistoryState {
  scrollTop?: number;
  cameFromSwarms?: boolean;
}

// Only this page writes there; nothing there at all is what a fresh entry has.
function readState(state: unknown): HistoryState {
  return state ?? {};
}
