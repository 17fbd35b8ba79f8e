/// <reference lib="dom" />
// Light, dark, or as the system says: the choice as a signal. It is kept in a cookie, so that the tracker sends the page in
// the chosen colours: no other ones flash up, and no script stands before the first paint.

import { effect, type Signal, signal } from "@preact/signals";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = typeof THEMES[number];

/** As `admin_assets.ts` of the tracker reads it. */
const COOKIE = "seedling_theme";
const YEAR_SECONDS = 365 * 86_400;

/** The choice that the page came with; setting it changes the page and keeps it for the next visit. */
export function createTheme(document: Pick<Document, "documentElement" | "cookie">): Signal<Theme> {
  const { dataset } = document.documentElement;
  const came = THEMES.find((theme) => theme === dataset["theme"]) ?? "system";
  const theme = signal<Theme>(came);
  let kept = came;
  effect(() => {
    const chosen = theme.value;
    if (chosen === kept) return;
    kept = chosen;
    const isNone = chosen === "system";
    if (isNone) delete dataset["theme"];
    else dataset["theme"] = chosen;
    document.cookie = `${COOKIE}=${isNone ? "" : chosen}; Path=/; SameSite=Strict; Max-Age=${
      isNone ? 0 : YEAR_SECONDS
    }`;
  });
  return theme;
}
