/// <reference lib="dom" />
// The shell around every page: header, banner, the page of the route, footer; focus and title when the route changes.

import { useLayoutEffect, useRef } from "preact/hooks";
import { Header } from "./components/header.tsx";
import { NotFound } from "./components/not_found.tsx";
import { OfflineBanner } from "./components/offline_banner.tsx";
import { Overview } from "./components/overview.tsx";
import { SwarmPage } from "./components/swarm_page.tsx";
import { useApp } from "./context.ts";
import { shortHash } from "./format.ts";
import { text } from "./text.ts";

export function App() {
  const { poller, router, store } = useApp();
  const route = router.route.value;
  const main = useRef<HTMLElement>(null);
  const left = useRef<string | null>(null);

  const hash = route.page === "swarm" ? route.infoHash : null;
  const name = hash === null ? null : store.swarm.value?.name ?? shortHash(hash);
  useLayoutEffect(() => {
    document.title = name === null ? text.product : `${name} · ${text.product}`;
  }, [name]);

  const isFirst = useRef(true);
  useLayoutEffect(() => {
    const came = left.current;
    left.current = hash;
    if (isFirst.current) {
      isFirst.current = false;
      return;
    }
    self.scrollTo(0, router.scrollTop);
    // Keyboard and screen reader go on where the reader is: at the row they came from, else at the new page's heading.
    const row = hash === null && came !== null
      ? main.current?.querySelector<HTMLElement>(`[data-row="${came}"]`)
      : null;
    (row ?? main.current?.querySelector<HTMLElement>("h1"))?.focus({ preventScroll: true });
  }, [route]);

  return (
    <>
      <a class="skip" href="#content">{text.skip}</a>
      <Header />
      <OfflineBanner />
      <main
        id="content"
        ref={main}
        tabIndex={-1}
        class={poller.connection.value.kind === "offline" ? "stale" : ""}
      >
        {route.page === "overview" && <Overview />}
        {route.page === "swarm" && <SwarmPage key={route.infoHash} infoHash={route.infoHash} />}
        {route.page === "unknown" && <NotFound />}
      </main>
      <footer class="footer">{text.footer}</footer>
    </>
  );
}
