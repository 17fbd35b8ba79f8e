// What every component may ask for, without handing it down through all of them.

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Signal } from "@preact/signals";
import type { Poller } from "./api.ts";
import type { Router } from "./router.ts";
import type { Store } from "./store.ts";
import type { Theme } from "./theme_choice.ts";

export interface AppParts {
  store: Store;
  poller: Poller;
  router: Router;
  theme: Signal<Theme>;
}

export const AppContext = createContext<AppParts | null>(null);

/** The parts of the app that this component is in. */
export function useApp(): AppParts {
  const parts = useContext(AppContext);
  if (!parts) throw new Error("Cannot render a component: it is outside of AppContext");
  return parts;
}
