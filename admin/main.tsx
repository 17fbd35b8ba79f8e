/// <reference lib="dom" />
// Starts the page: makes the parts, connects them to the browser's events, and renders.

import "./style.css";
import { effect, untracked } from "@preact/signals";
import { render } from "preact";
import { fetchState, Poller } from "./api.ts";
import { App } from "./app.tsx";
import { AppContext } from "./context.ts";
import { listenToKeys } from "./keyboard.ts";
import { Router } from "./router.ts";
import { Store } from "./store.ts";
import { createTheme } from "./theme.ts";
import { formatView, parseView } from "./view.ts";

const TICK_MS = 1000;

const now = () => performance.now();
const store = new Store();
const router = new Router(self);
const theme = createTheme();
const poller = new Poller({
  load: (signal) =>
    fetchState({ ...store.cursor, swarm: store.openHash.peek() }, {
      fetch: (...request) => fetch(...request),
      signal,
    }),
  onState: (state) => store.apply(state, now()),
  now,
  startTimer: (callback, ms) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
});

// The address decides which swarm is asked for, and what the overview shows.
effect(() => {
  const route = router.route.value;
  untracked(() => {
    store.open(route.page === "swarm" ? route.infoHash : null);
    if (route.page === "overview") {
      const view = parseView(location.search);
      store.swarms.search(view.query);
      store.swarms.sort.value = view.sort;
    }
    poller.refresh();
  });
});
effect(() => {
  const view = formatView({ query: store.swarms.query.value, sort: store.swarms.sort.value });
  if (router.route.peek().page === "overview") router.describe(view);
});

let ticking: ReturnType<typeof setInterval> | undefined;

// A tab that nobody looks at asks nothing and draws nothing.
function onVisibility(): void {
  clearInterval(ticking);
  if (document.visibilityState === "hidden") return poller.pause();
  ticking = setInterval(() => store.tick(now()), TICK_MS);
  store.tick(now());
  poller.resume();
}
document.addEventListener("visibilitychange", onVisibility);
self.addEventListener("online", () => poller.refresh());
onVisibility();

listenToKeys(document, {
  search: () => {
    // At once where the field is there: the next key is meant for it already.
    if (router.route.peek().page === "overview") return selectSearch();
    router.goHome();
    onceAtOverview(selectSearch);
  },
  back: () => {
    if (router.route.peek().page !== "overview") router.goHome();
  },
});

function selectSearch(): void {
  document.querySelector<HTMLInputElement>("input[type=search]")?.select();
}

// Going back takes the browser a moment, and the page then has to be drawn.
function onceAtOverview(callback: () => void): void {
  const stop = effect(() => {
    if (router.route.value.page !== "overview") return;
    requestAnimationFrame(callback);
    queueMicrotask(() => stop());
  });
}

const root = document.getElementById("app");
if (root) {
  render(
    <AppContext.Provider value={{ store, poller, router, theme }}>
      <App />
    </AppContext.Provider>,
    root,
  );
}
