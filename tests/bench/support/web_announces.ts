// The load of the WebSocket bench: URL CONNECTIONS SWARMS SECONDS. Each connection is a peer that announces, with one
// offer for another peer, as soon as its last announce was answered, and answers the offers that it gets. Prints
// "ANSWERED SECONDS BUSY": how many announces were answered, in how long, and which share of that time it was busy itself:
// near 1 it is the load that is measured, not the tracker.

import process from "node:process";

const [url = "", connections, swarms, seconds] = Deno.args;
/** As long as those of a data channel are. */
const SDP = `v=0\r\n${"a=candidate:1 1 udp 2113937151 192.0.2.1 50000 typ host\r\n".repeat(8)}`;

let answered = 0;

function binary(text: string): string {
  return text.padEnd(20, "\xfe").slice(0, 20);
}

/** One peer, which is open when the promise is. */
function connect(n: number): Promise<() => void> {
  const socket = new WebSocket(url);
  const who = {
    action: "announce",
    info_hash: binary(`swarm ${n % Number(swarms)}`),
    peer_id: binary(`-WW0203-${n}`),
  };
  const offers = [{ offer: { type: "offer", sdp: SDP }, offer_id: binary(`offer ${n}`) }];
  const announce = JSON.stringify({ ...who, uploaded: 0, downloaded: 0, left: 1000, numwant: 1, offers });
  socket.onmessage = ({ data }) => {
    // Told apart without parsing: the load has to be lighter than what it measures.
    const text = data as string;
    if (text.includes('"interval"')) {
      answered++;
      socket.send(announce);
    } else if (text.includes('"offer"')) {
      const { offer_id, peer_id } = JSON.parse(text);
      socket.send(
        JSON.stringify({ ...who, to_peer_id: peer_id, offer_id, answer: { type: "answer", sdp: SDP } }),
      );
    } else if (text.includes("failure")) throw new Error(`An announce was refused: got ${text}`);
  };
  return new Promise((resolve, reject) => {
    socket.onopen = () => resolve(() => socket.send(announce));
    socket.onerror = () => reject(new Error(`Cannot connect to ${url}`));
  });
}

const starts = await Promise.all(Array.from({ length: Number(connections) }, (_, n) => connect(n)));
for (const start of starts) start();
await new Promise((resolve) => setTimeout(resolve, 500));
answered = 0;
const before = process.cpuUsage();
const from = performance.now();
await new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1000));
const took = (performance.now() - from) / 1000;
const { system, user } = process.cpuUsage(before);
console.log(answered, took.toFixed(3), ((system + user) / 1e6 / took).toFixed(2));
Deno.exit(0);
