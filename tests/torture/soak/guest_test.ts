import assert from "node:assert/strict";
import type { ForeignClient, Job } from "../../support/drivers/clients/client.ts";
import { Guest } from "./guest.ts";

/** A foreign client that falls over at its first starts, never completes, and notes where it shall listen. */
function fallingOver(starts: number) {
  const ports: number[] = [];
  const client: Partial<ForeignClient> = {
    name: "a foreign client",
    leech({ port }: Job) {
      ports.push(port);
      if (ports.length <= starts) return Promise.reject(new Error("segmentation fault"));
      return Promise.resolve({
        program: { isRunning: true },
        complete: () => Promise.reject(new Error("not complete")),
        stop: () => Promise.resolve(),
      } as unknown as Awaited<ReturnType<ForeignClient["leech"]>>);
    },
  };
  return { client: client as ForeignClient, ports };
}

const TORRENT = { name: "t0.bin", size: 1000, pieceLength: 16384, torrent: "t0.torrent" };

Deno.test("Guest: a foreign peer that falls over before it listens is started once more, elsewhere", async () => {
  const { client, ports } = fallingOver(1);
  const torrents = [TORRENT] as unknown as ConstructorParameters<typeof Guest>[0]["torrents"];
  const guest = new Guest({ client, folder: "nowhere", torrents, first: 0 });
  await guest.live(0);
  assert.deepEqual(guest.losses, []);
  assert.equal(guest.lives, 1);
  assert.equal(ports.length, 2);
  assert.notEqual(ports[0], ports[1]);
});
