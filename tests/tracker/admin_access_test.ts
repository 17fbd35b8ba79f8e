// Who gets in: sessions, bearers, who guesses, whose page asks. Times are those of the test's clock.

import assert from "node:assert/strict";
import { LEAST, TestApp, TOKEN, UNIX } from "./http.ts";

const HEX = "0123456789abcdef0123456789abcdef01234567";
const OWN = { host: "tracker.example:6969", origin: "http://tracker.example:6969" };

async function signIn(
  app: TestApp,
  { from = "192.0.2.9", headers = {}, token = TOKEN }: {
    from?: string;
    headers?: Record<string, string>;
    token?: unknown;
  } = {},
): Promise<Response> {
  const body = JSON.stringify({ token });
  return await app.get("/api/session", { method: "POST", from, body, headers: { ...OWN, ...headers } });
}

/** Signs in; returns the headers of the page's requests from then on. */
async function pageOf(app: TestApp): Promise<Record<string, string>> {
  const response = await signIn(app);
  assert.equal(response.status, 200);
  await response.body?.cancel();
  return { ...OWN, cookie: (response.headers.get("set-cookie") ?? "").split(";")[0] ?? "" };
}

async function status(app: TestApp, method: string, path: string, headers: Record<string, string> = {}) {
  const response = await app.get(path, { method, headers });
  await response.body?.cancel();
  return response.status;
}

Deno.test("signing in with the token gives a cookie that no script reads and no other site sends", async () => {
  const app = await TestApp.create();
  const response = await signIn(app);
  const session = await response.json();
  assert.deepEqual([response.status, session.signedIn, session.by], [200, true, "cookie"]);
  assert.equal(session.expiresAt, UNIX + 30 * 86_400_000);
  const cookie = response.headers.get("set-cookie") ?? "";
  assert.match(
    cookie,
    /^seedling_[0-9a-f]{8}=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/; Max-Age=2592000$/,
  );
  assert.ok(!cookie.includes(TOKEN));
});

Deno.test("the cookie is Secure where the page came over HTTPS, also through a proxy", async () => {
  const app = await TestApp.create();
  for (const headers of [{ "x-forwarded-proto": "https" }, { "x-forwarded-proto": "http" }]) {
    const response = await signIn(app, { headers });
    await response.body?.cancel();
    const isSecure = response.headers.get("set-cookie")?.endsWith("; Secure");
    assert.equal(isSecure, headers["x-forwarded-proto"] === "https");
  }
  const direct = await app.get("https://tracker.example/api/session", {
    method: "POST",
    body: JSON.stringify({ token: TOKEN }),
    headers: { "sec-fetch-site": "same-origin" },
  });
  await direct.body?.cancel();
  assert.match(direct.headers.get("set-cookie") ?? "", /; Secure$/);
});

Deno.test("a session reads and changes until it is ended, and not with its cookie after that", async () => {
  const app = await TestApp.create();
  const page = await pageOf(app);
  assert.equal(await status(app, "GET", "/api/lists", page), 200);
  assert.equal(await status(app, "PUT", `/api/lists/deny/${HEX}`, page), 200);
  const out = await app.get("/api/session", { method: "DELETE", headers: page });
  assert.match(out.headers.get("set-cookie") ?? "", /=; HttpOnly; SameSite=Strict; Path=\/; Max-Age=0$/);
  assert.equal((await out.json()).signedIn, false);
  assert.equal(await status(app, "GET", "/api/lists", page), 401);
});

Deno.test("a session ends by itself after thirty days", async () => {
  const app = await TestApp.create();
  const page = await pageOf(app);
  app.now = 30 * 86_400_000 - 1;
  assert.equal(await status(app, "GET", "/api/lists", page), 200);
  app.now++;
  assert.equal(await status(app, "GET", "/api/lists", page), 401);
});

Deno.test("one of two cookies that is ours counts; a made-up one doesn't", async () => {
  const app = await TestApp.create();
  const { cookie = "", ...own } = await pageOf(app);
  assert.equal(await status(app, "GET", "/api/lists", { ...own, cookie: `other=1; ${cookie}; more=2` }), 200);
  const [name] = cookie.split("=");
  assert.equal(await status(app, "GET", "/api/lists", { ...own, cookie: `${name}=${"A".repeat(43)}` }), 401);
  assert.equal(await status(app, "GET", "/api/lists", { ...own, cookie: `${name}=` }), 401);
});

for (
  const [what, headers] of Object.entries({
    "no origin": { origin: undefined },
    "another origin": { origin: "https://evil.example" },
    "a null origin": { origin: "null" },
    "an origin that begins like ours": { origin: "http://tracker.example:6969.evil.example" },
    "our name with another port": { origin: "http://tracker.example:80" },
    "another site, says the browser": { "sec-fetch-site": "cross-site" },
    "another host of our site, says the browser": { "sec-fetch-site": "same-site" },
    "the address bar, says the browser": { "sec-fetch-site": "none" },
  })
) {
  Deno.test(`a change with the cookie is refused from ${what}, and so is signing in and out`, async () => {
    const app = await TestApp.create();
    const page = { ...await pageOf(app), ...headers } as Record<string, string>;
    if (page["origin"] === undefined) delete page["origin"];
    assert.equal(await status(app, "PUT", `/api/lists/deny/${HEX}`, page), 403);
    assert.equal(await status(app, "POST", "/api/torrents", page), 403);
    assert.equal(await status(app, "PATCH", "/api/settings", page), 403);
    assert.equal(await status(app, "DELETE", `/api/swarms/${HEX}/peers/192.0.2.1:1`, page), 403);
    assert.equal(await status(app, "DELETE", "/api/session", page), 403);
    assert.equal(await status(app, "POST", "/api/session", page), 403);
    assert.equal(app.tracker.admission.lists.size("deny"), 0);
  });
}

Deno.test("the page itself may change things, by either header", async () => {
  const app = await TestApp.create();
  const page = await pageOf(app);
  const { origin: _, ...rest } = page;
  assert.equal(await status(app, "PUT", `/api/lists/deny/${HEX}`, page), 200);
  const browser = { ...rest, "sec-fetch-site": "same-origin" };
  assert.equal(await status(app, "DELETE", `/api/lists/deny/${HEX}`, browser), 200);
});

Deno.test("a bearer token reads and changes from anywhere, whatever the origin; another doesn't", async () => {
  const app = await TestApp.create();
  const bearer = (token: string) => ({ authorization: `Bearer ${token}`, origin: "null" });
  assert.equal(await status(app, "PUT", `/api/lists/deny/${HEX}`, bearer(TOKEN)), 200);
  for (const token of ["", "x", `${TOKEN}x`, TOKEN.slice(1), "é".repeat(18)]) {
    assert.equal(await status(app, "GET", "/api/lists", bearer(token)), 401, token);
    app.now += 120_000;
  }
  assert.equal(await status(app, "GET", "/api/lists", { authorization: `Basic ${TOKEN}` }), 401);
});

Deno.test("nobody is let in for being on this machine", async () => {
  const app = await TestApp.create();
  const here = await app.get("/api/lists", { from: "127.0.0.1", headers: { host: "localhost:6969" } });
  assert.equal(here.status, 401);
  assert.equal(here.headers.get("www-authenticate"), "Bearer");
  await here.body?.cancel();
});

Deno.test("wrong tokens have to wait after the fifth, longer each time, and the right one with them", async () => {
  const app = await TestApp.create();
  const statuses: number[] = [];
  for (let i = 0; i < 5; i++) statuses.push((await signIn(app, { token: `wrong-${i}` })).status);
  assert.deepEqual(statuses, [401, 401, 401, 401, 401]);
  const early = await signIn(app);
  assert.equal(early.status, 429);
  assert.equal(early.headers.get("retry-after"), "1");
  app.now += 1000;
  assert.equal((await signIn(app, { token: "wrong" })).status, 401);
  app.now += 1000;
  assert.equal((await signIn(app)).headers.get("retry-after"), "1");
  // As a bearer no faster.
  const bearer = { from: "192.0.2.9", headers: { authorization: `Bearer ${TOKEN}` } };
  assert.equal((await app.get("/api/lists", bearer)).status, 429);
  // Others don't wait with them.
  assert.equal((await signIn(app, { from: "192.0.2.10" })).status, 200);
  app.now += 1000;
  assert.equal((await signIn(app)).status, 200);
  // And all is forgiven.
  assert.equal((await signIn(app, { token: "wrong" })).status, 401);
  assert.equal((await signIn(app)).status, 200);
});

Deno.test("a session goes on while its address has to wait", async () => {
  const app = await TestApp.create();
  const page = await pageOf(app);
  for (let i = 0; i < 6; i++) await signIn(app, { token: "wrong" });
  assert.equal((await app.get("/api/lists", { from: "192.0.2.9", headers: page })).status, 200);
});

Deno.test("behind a trusted proxy each client waits for itself; what others say of themselves is not believed", async () => {
  const app = await TestApp.create();
  const through = (client: string, token?: string) =>
    signIn(app, { from: "203.0.113.1", headers: { "x-forwarded-for": client }, token: token ?? TOKEN });
  for (let i = 0; i < 6; i++) await through("198.51.100.1", "wrong");
  assert.equal((await through("198.51.100.1")).status, 429);
  assert.equal((await through("198.51.100.2")).status, 200);
  for (let i = 0; i < 6; i++) {
    await signIn(app, { token: "wrong", headers: { "x-forwarded-for": `198.51.100.${i}` } });
  }
  assert.equal((await signIn(app, { headers: { "x-forwarded-for": "198.51.100.99" } })).status, 429);
});

for (const body of ["", "{", "[]", "null", '{"token":7}', '{"token":{}}', "x".repeat(5000)]) {
  Deno.test(`signing in with the body ${body.slice(0, 15)} is refused in words`, async () => {
    const app = await TestApp.create();
    const response = await app.get("/api/session", { method: "POST", body, headers: OWN });
    assert.equal(response.status, 400);
    assert.match((await response.json()).error, /^Cannot sign in/);
  });
}

Deno.test("every answer of the API is kept out of caches, frames, other sites and sniffing", async () => {
  const app = await TestApp.create();
  for (const path of ["/api/session", "/api/lists", "/api/overview", "/api/nothing", "/api/openapi.json"]) {
    for (const response of [await app.get(path), await app.admin(path)]) {
      await response.body?.cancel();
      const { headers } = response;
      assert.equal(headers.get("cache-control"), "no-store", path);
      assert.equal(headers.get("x-content-type-options"), "nosniff");
      assert.equal(headers.get("referrer-policy"), "no-referrer");
      assert.equal(headers.get("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
      assert.equal(headers.get("access-control-allow-origin"), null);
      assert.match(headers.get("content-type") ?? "", /^application\/json/);
    }
  }
});

Deno.test("the token is in no answer, no log and no record, whatever was asked with it", async () => {
  const app = await TestApp.create();
  const page = await pageOf(app);
  await signIn(app, { token: `${TOKEN}!` });
  const answers: string[] = [];
  for (const path of ["/api/session", "/api/audit", "/api/settings", "/api/events", "/api/overview"]) {
    const response = await app.get(path, { headers: page });
    answers.push(await response.text(), JSON.stringify([...response.headers]));
  }
  assert.ok(answers.some((text) => text.includes("sign-in")));
  assert.ok(!answers.join().includes(TOKEN));
  assert.deepEqual(app.logged, []);
});

Deno.test("with public stats everybody reads the overview and the plots, and nothing else", async () => {
  const app = await TestApp.create({ adminPublicStats: true });
  assert.equal(await status(app, "GET", "/api/overview"), 200);
  assert.equal(await status(app, "GET", "/api/history?range=day"), 200);
  assert.equal((await (await app.get("/api/session")).json()).publicStats, true);
  for (const path of ["events", "swarms", `swarms/${HEX}`, "torrents", "lists", "settings", "audit"]) {
    assert.equal(await status(app, "GET", `/api/${path}`), 401, path);
  }
  assert.equal(await status(app, "PUT", `/api/lists/deny/${HEX}`), 401);
});

Deno.test("without an admin page its routes aren't there, and announces are", async () => {
  const app = await TestApp.create({ admin: false });
  for (const path of ["/", "/api/session", "/api/overview", "/api/state", "/api/lists", "/swarms/x"]) {
    assert.equal(await status(app, "GET", path), 404, path);
  }
  assert.equal(await app.failure(`/announce?${LEAST}`), undefined);
});
