import assert from "node:assert/strict";
import type { ForeignClient, Job, RunningClient } from "../../support/drivers/clients/client.ts";
import { Guest, type SoakTorrent } from "./guest.ts";

/** A foreign client that falls over at its first starts, never completes, and notes where it shall listen. */
function fallingOver(starts: number) {
  const ports: number[] = [];
  const client: Partial<ForeignClient> = {
    name: "a foreign client",
    leech({ port }: Job) {
      ports.push(port);
      if (ports.length <= starts) return Promise.reject(new Error("segmentation fault"));
      return Promise.resolve({
        program: { isRunning: true, ended: new Promise(() => {}) },
        complete: () => Promise.reject(new Error("not complete")),
        stop: () => Promise.resolve(),
      } as unknown as RunningClient);
    },
  };
  return { client: client as ForeignClient, ports };
}

const TORRENT: SoakTorrent = {
  name: "t0.bin",
  size: 1000,
  pieceLength: 16384,
  torrent: "t0.torrent",
  path: "t0.bin",
  sha1: () => Promise.reject(new Error("there is no file")),
};

Deno.test("Guest: a foreign peer that falls over before it listens is started once more, elsewhere", async () => {
  const { client, ports } = fallingOver(1);
  const guest = new Guest({ client, folder: "nowhere", torrents: [TORRENT], first: 0 });
  await guest.live(0);
  assert.deepEqual(guest.losses, []);
  assert.equal(guest.lives, 1);
  assert.equal(ports.length, 2);
  assert.notEqual(ports[0], ports[1]);
});
