// A framed part of a page with its heading, and what is chosen about it beside that.

import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

export interface PanelProps {
  heading: string;
  /** In small beside the heading: how many. */
  count?: string | undefined;
  /** On the right of the heading. */
  tools?: ComponentChildren;
  isBusy?: boolean;
  class?: string;
  children?: ComponentChildren;
}

export function Panel(
  { children, class: className = "", count, heading, isBusy = false, tools }: PanelProps,
) {
  const id = useId();
  return (
    <section class={`panel ${className}`} aria-labelledby={id} aria-busy={isBusy}>
      <div class="panel-head">
        <h2 id={id}>
          {heading} {count !== undefined && <span class="count">{count}</span>}
        </h2>
        {tools}
      </div>
      {children}
    </section>
  );
}
