// What every component may ask for, without handing it down through all of them.

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Signal } from "@preact/signals";
import type { Changes } from "./changes.ts";
import type { Clock } from "./clock.ts";
import type { Feeds } from "./feeds/mod.ts";
import type { Notices } from "./notices.ts";
import type { Poller } from "./poller.ts";
import type { Router } from "./router.ts";
import type { Session } from "./session.ts";
import type { Theme } from "./theme.ts";

export interface AppParts {
  changes: Changes;
  clock: Clock;
  feeds: Feeds;
  notices: Notices;
  poller: Poller;
  router: Router;
  session: Session;
  theme: Signal<Theme>;
}

export const AppContext = createContext<AppParts | null>(null);

/** The parts of the app that this component is in. */
export function useApp(): AppParts {
  const parts = useContext(AppContext);
  if (!parts) throw new Error("Cannot render a component: it is outside of AppContext");
  return parts;
}
