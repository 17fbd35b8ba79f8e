/// <reference lib="dom" />
// Starts the page: makes the parts, connects them to the browser's events, and renders.

import "./style.css";
import { effect, signal, untracked } from "@preact/signals";
import { render } from "preact";
import { App } from "./app.tsx";
import { Changes } from "./changes.ts";
import { ApiClient, ApiError, lockedError } from "./client.ts";
import { Clock } from "./clock.ts";
import { AppContext } from "./context.ts";
import type { Feed } from "./feeds/feed.ts";
import { Feeds } from "./feeds/mod.ts";
import { listenToKeys } from "./keyboard.ts";
import { Notices } from "./notices.ts";
import { Poller } from "./poller.ts";
import { Router } from "./router.ts";
import { Session, takeToken } from "./session.ts";
import { createTheme } from "./theme.ts";

const TICK_MS = 1000;
/** Typing and scrolling change what is asked for many times a second; the tracker is asked this often. */
const SETTLE_MS = 60;

const token = takeToken(self);
const clock = new Clock(() => performance.now());
const client = new ApiClient((...request) => fetch(...request));
const router = new Router(self);
const theme = createTheme(document);
const session = new Session(client, token, () => poller.refresh());
const feeds = new Feeds({ client, clock }, session);
const notices = new Notices((callback, ms) => setTimeout(callback, ms));
const changes = new Changes(client, notices, () => {
  feeds.manage.expire();
  poller.refresh();
});

/** The feed of the page that is open. A new object with each route. */
const open = signal<{ feed: Feed | null }>({ feed: null });

async function ask(signal: AbortSignal): Promise<boolean> {
  await session.settle(signal);
  const { feed } = open.peek();
  if (feed === null) return true;
  if (session.isClosed(router.route.peek().page)) throw lockedError();
  return await feed.load(signal);
}

const poller = new Poller({
  load: async (signal) => {
    try {
      return await ask(signal);
    } catch (error) {
      if (!(error instanceof ApiError && error.isLocked)) throw error;
      const wasSignedIn = session.isSignedIn.peek();
      session.lose();
      // Once more, as who isn't signed in: some figures may be for everybody.
      if (wasSignedIn) return await ask(signal);
      throw error;
    }
  },
  now: () => performance.now(),
  startTimer: (callback, ms) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
});

// The address decides what is asked for and shown,
effect(() => {
  const route = router.route.value;
  untracked(() => {
    const feed = feeds.open(route);
    feed?.restore?.(location.search);
    open.value = { feed };
    poller.refresh();
  });
});
// what is shown stands in the address,
effect(() => {
  const { feed } = open.value;
  const view = feed?.describe?.() ?? "";
  if (feed) untracked(() => router.describe(view));
});
// and is asked for anew when it has changed.
let settling: ReturnType<typeof setTimeout> | undefined;
let watched: { feed: Feed | null } | undefined;
effect(() => {
  const now = open.value;
  now.feed?.watch?.();
  const isNew = now !== watched;
  watched = now;
  if (isNew) return;
  settling ??= setTimeout(() => {
    settling = undefined;
    poller.refresh();
  }, SETTLE_MS);
});

let ticking: ReturnType<typeof setInterval> | undefined;

// A tab that nobody looks at asks nothing and draws nothing.
function onVisibility(): void {
  clearInterval(ticking);
  if (document.visibilityState === "hidden") return poller.pause();
  ticking = setInterval(() => clock.tick(), TICK_MS);
  clock.tick();
  poller.resume();
}
document.addEventListener("visibilitychange", onVisibility);
self.addEventListener("online", () => poller.refresh());
// A link with a token may be opened in a tab that shows the page already.
self.addEventListener("hashchange", () => {
  const token = takeToken(self);
  if (token !== null) void session.signIn(token);
});
onVisibility();

listenToKeys(document, {
  search: () => {
    // At once where the field is there: the next key is meant for it already.
    if (router.route.peek().page === "swarms") return selectSearch();
    router.goToSwarms();
    onceAtSwarms(selectSearch);
  },
  back: () => {
    if (router.route.peek().page === "swarm") router.goToSwarms();
  },
  undo: () => void notices.takeBack(),
});

function selectSearch(): void {
  document.querySelector<HTMLInputElement>("input[type=search]")?.select();
}

// Going back takes the browser a moment, and the page then has to be drawn.
function onceAtSwarms(callback: () => void): void {
  const stop = effect(() => {
    if (router.route.value.page !== "swarms") return;
    requestAnimationFrame(callback);
    queueMicrotask(() => stop());
  });
}

// Drawing the page takes longer than painting the frame that came with it: that is painted first, while the first answers are
// on their way. A tab that isn't seen paints nothing.
if (document.visibilityState === "hidden") draw();
else requestAnimationFrame(() => setTimeout(draw));

function draw(): void {
  const root = document.getElementById("app");
  if (root === null) return;
  // Those of the frame are none of the page's own: Preact would make the page out of them.
  root.replaceChildren();
  render(
    <AppContext.Provider value={{ changes, clock, feeds, notices, poller, router, session, theme }}>
      <App />
    </AppContext.Provider>,
    root,
  );
}
