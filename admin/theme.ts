// Light, dark, or as the system says; the choice is kept in this browser.

/// <reference lib="dom" />

import { effect, type Signal, signal } from "@preact/signals";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = typeof THEMES[number];

const KEY = "seedling.theme";

/** The stored choice as a signal; setting it changes the page and stores it. */
export function createTheme(document: Document): Signal<Theme> {
  const theme = signal<Theme>(readTheme());
  effect(() => {
    if (theme.value === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme.value;
    storeTheme(theme.value);
  });
  return theme;
}

// Storage can be switched off altogether; the page works without a memory then.
function readTheme(): Theme {
  try {
    const stored = localStorage.getItem(KEY);
    return THEMES.find((theme) => theme === stored) ?? "system";
  } catch {
    return "system";
  }
}

function storeTheme(theme: Theme): void {
  try {
    if (theme === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // Nothing to keep it in.
  }
}
