// How fast one PeerConnection feeds another over loopback: socket → decoder → a peer that only counts, and
// blocks → send buffer → socket. The sender runs in a Worker, so each end has a core.
//
//   deno run --allow-net --allow-read tests/bench/peer_connection.ts [KiB of maxBlockBytes]… [--gib=4]

import { type ConnectedPeer, PeerConnection } from "../../peer/net/peer_connection.ts";

const BLOCK = 16384;
const ignore = (): void => {};

function nullPeer(overrides: Partial<ConnectedPeer>): ConnectedPeer {
  return {
    onKeepAlive: ignore,
    onChoke: ignore,
    onUnchoke: ignore,
    onInterested: ignore,
    onNotInterested: ignore,
    onHave: ignore,
    onBitfield: ignore,
    onRequest: ignore,
    onPiece: ignore,
    onCancel: ignore,
    onExtended: ignore,
    onSuggest: () => {},
    onHaveAll: () => {},
    onHaveNone: () => {},
    onReject: () => {},
    onAllowedFast: () => {},
    onUnknown: ignore,
    onBatchEnd: ignore,
    onWritable: ignore,
    ...overrides,
  };
}

/** Sends `blocks` blocks as fast as there is room, each copied into place as the uploader does it. */
async function send(
  { port, blocks, maxBlockBytes }: { port: number; blocks: number; maxBlockBytes: number },
): Promise<void> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  conn.setNoDelay(true);
  const connection = new PeerConnection(conn, { maxBlockBytes });
  const source = new Uint8Array(1024 * 1024).fill(7);
  let sent = 0;
  const fill = (): void => {
    while (sent < blocks && connection.room >= BLOCK + 13) {
      const from = (sent * BLOCK) % source.length;
      connection.piece(sent++, 0, BLOCK).set(source.subarray(from, from + BLOCK));
    }
    connection.flush();
  };
  const run = connection.run(nullPeer({ onWritable: fill }));
  fill();
  await run;
}

async function measure(maxBlockBytes: number, gib: number): Promise<void> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const blocks = gib * 65536;
  const worker = new Worker(import.meta.url, { type: "module" });
  worker.postMessage({ port: listener.addr.port, blocks, maxBlockBytes });
  const connection = new PeerConnection(await listener.accept());
  let received = 0;
  let batches = 0;
  const started = performance.now();
  await connection.run(nullPeer({
    onPiece: () => {
      if (++received === blocks) connection.close("done");
    },
    onBatchEnd: () => batches++,
  }));
  const seconds = (performance.now() - started) / 1000;
  const rate = Math.round(connection.bytesRead / seconds / 1e6);
  const perRead = Math.round(connection.bytesRead / batches / 1024);
  console.log(`${maxBlockBytes / 1024} KiB\t${rate} MB/s\t${perRead} KiB a read`);
  worker.terminate();
}

if ("WorkerGlobalScope" in globalThis) {
  addEventListener("message", (event) => {
    const { port, blocks, maxBlockBytes } = (event as MessageEvent<Parameters<typeof send>[0]>).data;
    send({ port, blocks, maxBlockBytes });
  });
} else {
  const sizes = Deno.args.filter((arg) => !arg.startsWith("--")).map(Number);
  const gib = Number(Deno.args.find((arg) => arg.startsWith("--gib="))?.slice(6) ?? 4);
  for (const size of sizes.length > 0 ? sizes : [256]) await measure(size * 1024, gib);
}
