// What stands where there is nothing to show: a drawing, a sentence, a way on.

import type { ComponentChildren } from "preact";
import { Logo } from "./icons.tsx";

export function Empty(
  { title, level, children }: { title: string; level: 1 | 3; children?: ComponentChildren },
) {
  return (
    <div class="empty">
      <Logo />
      {level === 1 ? <h1 tabIndex={-1}>{title}</h1> : <h3>{title}</h3>}
      {children}
    </div>
  );
}
