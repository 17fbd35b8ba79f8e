// A row of large numbers, each with its word above and a remark below.

import type { ComponentChildren } from "preact";

/** One number. Without `value` its place is kept, so that nothing moves when it comes. */
export interface FigureProps {
  label: string;
  value?: ComponentChildren;
  note?: ComponentChildren;
  /** Whose colour marks it. */
  tone?: "seeders" | "leechers";
}

export function Figures(
  { class: className = "", figures, label }: { figures: FigureProps[]; label: string; class?: string },
) {
  return (
    <dl class={`figures ${className}`} aria-label={label}>
      {figures.map((figure) => <Figure key={figure.label} {...figure} />)}
    </dl>
  );
}

function Figure({ label, value, note, tone }: FigureProps) {
  return (
    <div class={tone ? `figure ${tone}` : "figure"}>
      <dt>{label}</dt>
      <dd class="value">{value ?? <span class="waiting" />}</dd>
      {note !== undefined && <dd class="note">{note}</dd>}
    </div>
  );
}
