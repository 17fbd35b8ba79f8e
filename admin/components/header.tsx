// Logo, the state of the connection in a word, and the choice of theme.

import { useApp } from "../context.ts";
import { text } from "../text.ts";
import { Logo } from "./icons.tsx";
import { Link } from "./link.tsx";
import { ThemeSwitch } from "./theme_switch.tsx";

export function Header() {
  const { poller } = useApp();
  const { kind } = poller.connection.value;
  return (
    <header class="header">
      <Link class="brand" href="/" aria-label={text.home}>
        <Logo />
        <span>{text.product}</span>
      </Link>
      <p class={`connection ${kind}`} title={text.status[kind]} role="status">
        <span>{text.status[kind]}</span>
      </p>
      <ThemeSwitch />
    </header>
  );
}
