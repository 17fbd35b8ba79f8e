/// <reference lib="dom" />
// The reader's choice of light or dark, where it is kept and how the style sheet learns of it. No signals: the first
// script of the page, which the first paint waits for, is made of this.

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = typeof THEMES[number];

const KEY = "seedling.theme";

/** What was chosen in this browser. */
export function readTheme(): Theme {
  // Storage can be switched off altogether; the page works without a memory then.
  try {
    const stored = localStorage.getItem(KEY);
    return THEMES.find((theme) => theme === stored) ?? "system";
  } catch {
    return "system";
  }
}

/** Keeps a choice for the next visit. */
export function storeTheme(theme: Theme): void {
  try {
    if (theme === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // Nothing to keep it in.
  }
}

/** Puts it into effect. */
export function applyTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}
