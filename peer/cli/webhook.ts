// Tells an address that a torrent is complete, since these programs may start no other that could be told.

import type { CompleteEvent, Torrent } from "../mod.ts";

/** Whoever listens has so long to answer. */
const TIMEOUT_MS = 10_000;

/** Posts it as JSON. Resolves with what went wrong, in words; undefined if the server took it. */
export async function postComplete(
  url: string,
  { infoHash, metainfo, path }: Torrent,
  event: CompleteEvent,
): Promise<string | undefined> {
  const body = JSON.stringify({
    ...event,
    infoHash: infoHash.hex,
    name: metainfo.name,
    path,
    time: Date.now(),
  });
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    return response.ok ? undefined : `Cannot tell ${url}: it answered ${response.status}`;
  } catch (error) {
    return `Cannot tell ${url}: ${error instanceof Error ? error.message : error}`;
  }
}
