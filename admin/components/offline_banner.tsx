// Says that the tracker doesn't answer, how old the figures are and when the next try comes. Goes away by itself.

import type { Failure } from "../client.ts";
import { useApp } from "../context.ts";
import { formatTime } from "../format.ts";
import { text } from "../text.ts";

export function OfflineBanner() {
  const { clock, poller } = useApp();
  const connection = poller.connection.value;
  const isOffline = connection.kind === "offline";
  const answeredAt = clock.answeredAt.value;
  return (
    // The live region is always there: screen readers announce what changes inside, not what appears with its text.
    <div class="banner" hidden={!isOffline}>
      <p role="alert">
        {isOffline && (
          <>
            <strong>{describe(connection.failure)}</strong>{" "}
            {answeredAt !== null && text.offline.stale(formatTime(answeredAt))}
          </>
        )}
      </p>
      {isOffline && <Retry retryAt={connection.retryAt} />}
    </div>
  );
}

function Retry({ retryAt }: { retryAt: number | null }) {
  const { clock, poller } = useApp();
  const seconds = retryAt === null ? 0 : Math.ceil((retryAt - clock.monotonic.value) / 1000);
  return (
    <div class="retry">
      {/* Not inside the live region: a countdown must not be read out every second. */}
      <span>{seconds > 0 ? text.offline.retryIn(seconds) : text.offline.retrying}</span>
      <button type="button" class="button" onClick={() => poller.refresh()}>{text.offline.retryNow}</button>
    </div>
  );
}

function describe(failure: Failure): string {
  return failure.kind === "refused" ? text.offline.refused(failure.status) : text.offline[failure.kind];
}
