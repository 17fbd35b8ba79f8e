// How long ago something was, by the tracker's clock. Redraws itself alone when time passes.

import { useApp } from "../context.ts";
import { formatAge } from "../format.ts";

export function Age({ at }: { at: number }) {
  const { store } = useApp();
  return <time dateTime={new Date(at).toISOString()}>{formatAge(store.clock.value - at)}</time>;
}
