// A short list of names, each with its number and its share of the whole as a bar.

import type { ComponentChildren } from "preact";

export interface Share {
  key: string;
  label: ComponentChildren;
  /** Set to the right of it. */
  value: string;
  /** 0 to 1. */
  fraction: number;
}

export function Shares({ shares, empty, label }: { shares: readonly Share[]; empty: string; label: string }) {
  if (shares.length === 0) return <p class="nothing">{empty}</p>;
  return (
    <ul class="shares" aria-label={label}>
      {shares.map(({ key, label, value, fraction }) => (
        <li key={key}>
          <span class="share-label">{label}</span>
          <span class="number">{value}</span>
          {/* A picture of the number beside it. */}
          <span class="bar" aria-hidden="true">
            <span style={{ transform: `scaleX(${Math.max(0, Math.min(1, fraction))})` }} />
          </span>
        </li>
      ))}
    </ul>
  );
}
