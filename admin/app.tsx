/// <reference lib="dom" />
// The shell around every page: header, banner, the page of the route, footer; focus and title when the route changes.

import { useLayoutEffect, useRef } from "preact/hooks";
import { EventsPage } from "./components/events_page.tsx";
import { Header } from "./components/header.tsx";
import { ManagePage } from "./components/manage_page.tsx";
import { NotFound } from "./components/not_found.tsx";
import { NoticeList } from "./components/notices.tsx";
import { OfflineBanner } from "./components/offline_banner.tsx";
import { OverviewPage } from "./components/overview_page.tsx";
import { SignIn } from "./components/sign_in.tsx";
import { SwarmPage } from "./components/swarm_page.tsx";
import { SwarmsPage } from "./components/swarms_page.tsx";
import { useApp } from "./context.ts";
import { shortHash } from "./format.ts";
import type { Route } from "./router.ts";
import { text } from "./text.ts";

export function App() {
  const { feeds, poller, router } = useApp();
  const route = router.route.value;
  const main = useRef<HTMLElement>(null);
  const left = useRef<Route | null>(null);
  const connection = poller.connection.value.kind;
  const isLocked = connection === "locked";

  const name = isLocked ? text.session.signIn : titleOf(route, feeds.swarm.swarm.value?.name);
  useLayoutEffect(() => {
    document.title = name === null ? text.product : `${name} · ${text.product}`;
  }, [name]);

  useLayoutEffect(() => {
    const came = left.current;
    left.current = route;
    if (came === null) return;
    self.scrollTo(0, router.scrollTop);
    // Keyboard and screen reader go on where the reader is: at the row they came from, else at the new page's heading.
    const link = route.page === "swarms" && came.page === "swarm" ? `[data-row="${came.infoHash}"]` : null;
    const row = () => link === null ? null : main.current?.querySelector<HTMLElement>(link);
    const focus = () =>
      (row() ?? main.current?.querySelector<HTMLElement>("h1"))?.focus({ preventScroll: true });
    if (link === null || row()) return focus();
    // Rows further down are drawn with the frame after the one in which the page has been scrolled to them.
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => document.activeElement === document.body && focus());
    });
    return () => cancelAnimationFrame(frame);
  }, [route]);

  return (
    <>
      <a class="skip" href="#content">{text.skip}</a>
      <Header />
      <OfflineBanner />
      <main id="content" ref={main} tabIndex={-1} class={connection === "offline" ? "stale" : ""}>
        {isLocked ? <SignIn /> : <Page route={route} />}
      </main>
      <footer class="footer">{text.footer}</footer>
      <NoticeList />
    </>
  );
}

function Page({ route }: { route: Route }) {
  switch (route.page) {
    case "overview":
      return <OverviewPage />;
    case "swarms":
      return <SwarmsPage />;
    case "swarm":
      return <SwarmPage key={route.infoHash} infoHash={route.infoHash} />;
    case "events":
      return <EventsPage />;
    case "manage":
      return <ManagePage section={route.section} />;
    case "unknown":
      return <NotFound />;
  }
}

function titleOf(route: Route, swarm: string | null | undefined): string | null {
  switch (route.page) {
    case "swarm":
      return swarm ?? shortHash(route.infoHash);
    case "manage":
      return text.manage.sections[route.section];
    case "swarms":
    case "events":
      return text.pages[route.page];
    default:
      return null;
  }
}
