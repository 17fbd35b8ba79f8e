import assert from "node:assert/strict";
import { encodeUdpAnnounce, encodeUdpConnect } from "../../protocol/mod.ts";
import { AskerAddresses } from "../../tracker/forwarded.ts";
import type { HttpHandler } from "../../tracker/http_server.ts";
import { RequestLog } from "../../tracker/request_log.ts";
import { parseSubnet, type Subnet, Subnets } from "../../tracker/subnets.ts";
import { request } from "./announcing.ts";

const IDS = { connectionId: new Uint8Array(8), transactionId: 7 };
const REFUSED = Uint8Array.fromHex("0000000300000007" + "4e6f1b5b33316d"); // No␛[31m

function linesOf(body: (log: RequestLog) => void): string[] {
  const lines: string[] = [];
  body(new RequestLog(true, (line) => lines.push(line)));
  return lines;
}

Deno.test("RequestLog.datagram() says what was asked and how it was answered, in harmless words", () => {
  const announce = encodeUdpAnnounce(IDS, request({ at: "192.0.2.1:6881", swarm: "s" }));
  const hash = announce.subarray(16, 36).toHex();
  const lines = linesOf((log) => {
    log.datagram("192.0.2.1", encodeUdpConnect(7), new Uint8Array(16));
    log.datagram("192.0.2.1", announce, Uint8Array.fromHex("0000000100000007"));
    log.datagram("192.0.2.1", announce, REFUSED);
    log.datagram("::ffff:192.0.2.1", announce, REFUSED);
    log.datagram("::1", new Uint8Array(3), undefined);
  });
  assert.deepEqual(lines, [
    "192.0.2.1 UDP connect answered",
    `192.0.2.1 UDP announce ${hash} answered`,
    `192.0.2.1 UDP announce ${hash} refused: "No\\u001b[31m"`,
    `192.0.2.1 UDP announce ${hash} refused: "No\\u001b[31m"`,
    "::1 UDP 3 bytes ignored",
  ]);
});

Deno.test("RequestLog.said() says who has asked: behind a proxy that is trusted, its client", async () => {
  const trusted = new Subnets();
  trusted.add(parseSubnet("203.0.113.0/24") as Subnet);
  const lines: string[] = [];
  const log = new RequestLog(true, (line) => lines.push(line));
  const handler = log.said(() => new Response("x"), new AskerAddresses(trusted));
  const ask = async (hostname: string, xForwardedFor: string) => {
    const headers = { "x-forwarded-for": xForwardedFor };
    const info = { remoteAddr: { transport: "tcp", hostname, port: 50_000 } };
    await handler(
      new Request("http://t.example/announce?x=1", { headers }),
      info as Parameters<HttpHandler>[1],
    );
  };
  await ask("203.0.113.1", "192.0.2.1");
  await ask("::ffff:203.0.113.1", "2001:db8::1");
  await ask("203.0.113.1", "nobody");
  await ask("::ffff:198.51.100.1", "192.0.2.1");
  assert.deepEqual(lines.map((line) => line.replace(/ [^ ]* ms$/, "")), [
    "192.0.2.1 GET /announce?x=1 200",
    "2001:db8::1 GET /announce?x=1 200",
    "203.0.113.1 GET /announce?x=1 200",
    "198.51.100.1 GET /announce?x=1 200",
  ]);
});

Deno.test("RequestLog.message() says what a browser wants", () => {
  const lines = linesOf((log) => {
    log.message("192.0.2.1", '{"info_hash":"x", "action" : "announce"}', 0.123);
    log.message("192.0.2.1", '{"action":"\\u001b"}', 1);
  });
  assert.deepEqual(lines, [
    "192.0.2.1 WebSocket announce 0.12 ms",
    "192.0.2.1 WebSocket 19 characters 1.00 ms",
  ]);
});
