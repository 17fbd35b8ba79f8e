// Light, dark, or as the system says: the choice as a signal.

import { effect, type Signal, signal } from "@preact/signals";
import { applyTheme, readTheme, storeTheme, type Theme } from "./theme_choice.ts";

/** The stored choice; setting it changes the page and stores it. */
export function createTheme(): Signal<Theme> {
  const theme = signal<Theme>(readTheme());
  effect(() => {
    applyTheme(theme.value);
    storeTheme(theme.value);
  });
  return theme;
}
