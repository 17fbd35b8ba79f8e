// What stands where there is nothing to show: a drawing, a sentence, a way on.

import type { ComponentChildren } from "preact";
import { Logo } from "./icons.tsx";

export function Empty(
  { title, level, children }: { title: string; level: 1 | 2 | 3; children?: ComponentChildren },
) {
  const Heading = `h${level}` as const;
  return (
    <div class="empty">
      <Logo />
      <Heading class="empty-title" {...(level === 1 && { tabIndex: -1 })}>{title}</Heading>
      {children}
    </div>
  );
}
