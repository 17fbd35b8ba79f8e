// What befalls a leecher's wire: all the time, or for a while once a part of the torrent has come.

import type { ForeignClient } from "../../support/drivers/clients/client.ts";
import { libtorrent } from "../../support/drivers/clients/libtorrent.ts";
import type { WiredHost } from "../../support/drivers/namespaces.ts";
import type { Program } from "../../support/drivers/program.ts";
import type { Weather } from "../../support/drivers/wire.ts";

/** One kind of bad network. */
export interface NetworkFault {
  name: string;
  /** Who downloads. Default: our peer. */
  client?: ForeignClient;
  /** What happens to packets to and from it, beside a rate that all have. */
  toHost?: Weather;
  fromHost?: Weather;
  /** What happens once a piece has come. Whatever it was must be over when it returns. */
  storm?(scene: Scene): Promise<void>;
  /** It takes minutes: only where no other trial wants its part of the time. */
  isLong?: boolean;
}

/** Who takes part. */
export interface Scene {
  host: WiredHost;
  leecher: Program;
  /** The seeder's address. */
  seeder: string;
}

/** Of the wire of everybody who downloads: 3 MB take four seconds. */
export const FAIR: Weather = { bytesPerSecond: 750_000 };
/** Longer than anything retransmits at once, and shorter than a peer is given up. */
const SHORT_MS = 5_000;
/** A peer that has been silent for so long is dropped, by our peer as by others. */
const SILENCE_MS = 180_000;
const CLOSED: Weather = { loss: 1 };

export const NETWORK_FAULTS: readonly NetworkFault[] = [
  { name: "packets late by 40 to 120 ms, out of order", toHost: { delayMs: 80, jitterMs: 40 } },
  { name: "one packet of twenty lost, either way", toHost: { loss: 0.05 }, fromHost: { loss: 0.05 } },
  {
    name: "one packet of eight lost and all of them late",
    toHost: { loss: 0.12, delayMs: 20, jitterMs: 10 },
    fromHost: { loss: 0.12 },
  },
  { name: "one packet of five there twice", toHost: { duplicate: 0.2 }, fromHost: { duplicate: 0.2 } },
  {
    name: "a bit turned over in one packet of twenty",
    toHost: { corrupt: 0.05 },
    fromHost: { corrupt: 0.05 },
  },
  { name: "a way back of 8 kB/s", fromHost: { bytesPerSecond: 8_000 } },
  {
    name: "libtorrent downloads from us: packets lost, late, out of order",
    client: libtorrent,
    toHost: { loss: 0.03, delayMs: 40, jitterMs: 20 },
  },
  {
    name: "a plug pulled for five seconds",
    storm: ({ host }) => during(() => host.plug(false), () => host.plug(true)),
  },
  {
    name: "a way to us that is closed for five seconds, the other open",
    storm: ({ host: { wire } }) =>
      during(() => wire.change({ toFar: CLOSED }), () => wire.change({ toFar: FAIR })),
  },
  {
    name: "a way from us that is closed for five seconds, the other open",
    storm: ({ host: { wire } }) =>
      during(() => wire.change({ toNear: CLOSED }), () => wire.change({ toNear: FAIR })),
  },
  {
    name: "packets above 600 bytes vanish for five seconds (MTU)",
    storm: ({ host: { wire } }) =>
      during(() => wire.change({ toFar: { longest: 600 } }), () => wire.change({ toFar: FAIR })),
  },
  { name: "connections reset", storm: ({ host, seeder }) => host.disconnect(seeder) },
  {
    name: "connections gone at our end, of which the seeder hears nothing at first",
    async storm({ host, seeder }) {
      await host.plug(false);
      await host.disconnect(seeder);
      await host.plug(true);
    },
  },
  {
    name: "a plug pulled for longer than a silent peer is kept",
    isLong: true,
    async storm({ leecher, host }) {
      await host.plug(false);
      const isParting = (line: string) => line.includes('"disconnected"');
      await leecher.line("that a peer is gone", isParting, SILENCE_MS + 30_000);
      await host.plug(true);
    },
  },
];

async function during(begin: () => Promise<unknown>, end: () => Promise<unknown>): Promise<void> {
  await begin();
  await new Promise((resolve) => setTimeout(resolve, SHORT_MS));
  await end();
}
