// Logo, the way to each page, the state of the connection in a word, the choice of theme, and the way out.

import { useApp } from "../context.ts";
import type { Route } from "../router.ts";
import { text } from "../text.ts";
import { Logo, SignOutIcon } from "./icons.tsx";
import { Link } from "./link.tsx";
import { ThemeSwitch } from "./theme_switch.tsx";

const PAGES: { href: string; label: string; pages: Route["page"][] }[] = [
  { href: "/", label: text.pages.overview, pages: ["overview"] },
  { href: "/swarms", label: text.pages.swarms, pages: ["swarms", "swarm"] },
  { href: "/events", label: text.pages.events, pages: ["events"] },
  { href: "/manage", label: text.pages.manage, pages: ["manage"] },
];

export function Header() {
  const { changes, poller, router, session } = useApp();
  const { kind } = poller.connection.value;
  const { page } = router.route.value;
  return (
    <header class="header">
      <Link class="brand" href="/" aria-label={text.home}>
        <Logo />
        <span>{text.product}</span>
      </Link>
      <nav class="pages" aria-label={text.pages.label}>
        {PAGES.map(({ href, label, pages }) => (
          <Link key={href} href={href} aria-current={pages.includes(page) ? "page" : undefined}>{label}</Link>
        ))}
      </nav>
      <p class={`connection ${kind}`} title={text.status[kind]} role="status">
        <span>{text.status[kind]}</span>
      </p>
      <ThemeSwitch />
      {session.isSignedIn.value && (
        <button
          type="button"
          class="icon-button"
          title={text.session.signOut}
          aria-label={text.session.signOut}
          onClick={() => changes.signOut(session)}
        >
          <SignOutIcon />
        </button>
      )}
    </header>
  );
}
