// How long ago something was, by the tracker's clock; when it was, until that is known. Redraws itself alone when time passes.

import { useApp } from "../context.ts";
import { formatAge, formatMoment } from "../format.ts";

export function Age({ at }: { at: number }) {
  const { clock } = useApp();
  return (
    <time dateTime={new Date(at).toISOString()} title={formatMoment(at)}>
      {clock.answeredAt.value === null ? formatMoment(at) : formatAge(clock.tracker.value - at)}
    </time>
  );
}
