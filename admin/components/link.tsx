/// <reference lib="dom" />
// An anchor within the page: a plain click goes through the router, every other one is the browser's own.

import type { AnchorHTMLAttributes } from "preact";
import { useApp } from "../context.ts";

export function Link({ href, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  const { router } = useApp();
  function onClick(event: MouseEvent): void {
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    router.go(href);
  }
  return <a {...rest} href={href} onClick={onClick} />;
}
