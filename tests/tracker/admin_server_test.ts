// The page on a port of its own: what it says of the tracker's, and HTTPS on both.

import assert from "node:assert/strict";
import { connect as connectTls } from "node:tls";
import { parseMagnet } from "../../protocol/mod.ts";
import type { Session, SwarmDetail } from "../../tracker/admin_api.ts";
import { createTracker, type TrackerAddress, type TrackerOptions } from "../../tracker/mod.ts";
import { makeTempDir } from "../support/temp_dir.ts";
import { SECOND_CERT, SECOND_KEY, TEST_CA, writeTestCert } from "../support/test_cert.ts";
import { TestApp } from "./http.ts";
import { announce, id } from "./announcing.ts";

const HOST = "127.0.0.1";
const TOKEN = "token-of-the-tests";
const HEX = new TextEncoder().encode(id("a")).toHex();

async function running(
  options: TrackerOptions,
  body: (address: TrackerAddress, tracker: ReturnType<typeof createTracker>) => Promise<void>,
): Promise<void> {
  const tracker = createTracker({ port: 0, host: HOST, adminToken: TOKEN, log: () => {}, ...options });
  try {
    await body(await tracker.start(), tracker);
  } finally {
    await tracker.close();
  }
}

async function sessionAt(origin: string): Promise<Session> {
  return await (await fetch(`${origin}/api/session`)).json();
}

/** The serial number of the certificate that is served. */
async function serialOf(port: number): Promise<string> {
  const socket = connectTls({ host: HOST, port, rejectUnauthorized: false });
  await new Promise((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject));
  const { serialNumber } = socket.getPeerCertificate();
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.destroy();
  await closed;
  return serialNumber;
}

Deno.test("the page says at which port to announce where it has one of its own, and nothing where it hasn't", async () => {
  await running({ adminPort: 0 }, async ({ admin, port }) => {
    assert.notEqual(admin?.port, port);
    assert.equal((await sessionAt(`http://${HOST}:${admin?.port}`)).announcePort, port);
  });
  await running({}, async ({ port }) => {
    assert.equal((await sessionAt(`http://${HOST}:${port}`)).announcePort, null);
  });
});

for (
  const { announceUrl, headers = {}, port } of [
    { announceUrl: "http://localhost/announce" },
    { port: 6969, announceUrl: "http://localhost:6969/announce" },
    { port: 443, headers: { "x-forwarded-proto": "https" }, announceUrl: "https://localhost/announce" },
    { headers: { "x-forwarded-proto": "https" }, announceUrl: "https://localhost/announce" },
    { headers: { "x-forwarded-proto": "gopher" }, announceUrl: "http://localhost/announce" },
  ]
) {
  const words = `${port ?? "the same"}${JSON.stringify(headers)}`;
  Deno.test(`magnet links name the tracker where announces reach it: ${words}`, async () => {
    const app = await TestApp.create(port === undefined ? {} : { announcePort: port });
    announce(app.tracker, { at: "192.0.2.1:1" });
    const { magnet } = await app.json<SwarmDetail>(`/api/swarms/${HEX}`, { headers });
    assert.deepEqual(parseMagnet(magnet).trackers, [announceUrl]);
  });
}

Deno.test("with a certificate both ports speak HTTPS, and both take the next one", async () => {
  await using dir = await makeTempDir();
  const { tls, write } = await writeTestCert(dir);
  await running({ adminPort: 0, tls }, async ({ admin, port }, tracker) => {
    const paths = [`https://${HOST}:${port}/scrape`, `https://${HOST}:${admin?.port}/api/session`];
    const reach = async (url: string, ca: string) => {
      using client = Deno.createHttpClient({ caCerts: [ca] });
      const response = await fetch(url, { client });
      await response.body?.cancel();
      return response.status;
    };
    for (const path of paths) assert.equal(await reach(path, TEST_CA), 200, path);
    for (const path of paths) await assert.rejects(fetch(path.replace("https", "http")), path);
    using client = Deno.createHttpClient({ caCerts: [TEST_CA] });
    const origin = `https://${HOST}:${admin?.port}`;
    const signedIn = await fetch(`${origin}/api/session`, {
      ...{ client, method: "POST", headers: { origin } },
      body: JSON.stringify({ token: TOKEN }),
    });
    await signedIn.body?.cancel();
    assert.equal(signedIn.status, 200);
    assert.match(signedIn.headers.get("set-cookie") ?? "", /; Secure$/);
    const ports = [port, admin?.port ?? 0];
    const [first] = await Promise.all(ports.map(serialOf));
    await write(SECOND_CERT, SECOND_KEY);
    tracker.renewCertificate();
    const [second, secondToo] = await Promise.all(ports.map(serialOf));
    assert.notEqual(second, first);
    assert.equal(secondToo, second);
  });
});
