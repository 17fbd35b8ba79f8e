// The yardstick of the UDP bench: what the runtime takes to receive a datagram and send one of an answer's size. Looks like
// a tracker to who asks. Prints nothing; takes its port as argument.

const ANSWER_BYTES = 320;

const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: Number(Deno.args[0]) });
const listener = Deno.listen({ hostname: "127.0.0.1", port: Number(Deno.args[0]) });

async function answer(): Promise<void> {
  const into = new Uint8Array(2048);
  const out = new Uint8Array(ANSWER_BYTES);
  for (;;) {
    const [datagram, from] = await socket.receive(into);
    out.set(datagram.subarray(8, 16));
    await socket.send(datagram.length === 16 ? out.subarray(0, 16) : out, from);
  }
}

// As many at once as the tracker has.
for (let i = 0; i < 16; i++) void answer();
// That it listens is told by TCP, as of every tracker.
for await (const conn of listener) conn.close();
