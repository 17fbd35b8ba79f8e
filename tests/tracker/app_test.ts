import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { makeTempDir, type TempDir } from "../support/temp_dir.ts";
import { TestApp } from "./http.ts";

async function builtPage(): Promise<TempDir> {
  const dir = await makeTempDir();
  await Deno.writeTextFile(dir.join("index.html"), "<!doctype html><title>Page</title>");
  await Deno.writeTextFile(dir.join("main.js"), "console.log(1);");
  await Deno.writeTextFile(dir.join("main.css"), "body {}");
  await Deno.writeTextFile(dir.join("favicon.svg"), "<svg/>");
  await Deno.writeTextFile(dir.join("announce"), "a file of this name can't hide the tracker");
  return dir;
}

for (
  const { method = "GET", path } of [
    { path: "/nothing" },
    { path: "/announce/" },
    { path: "/announce/x" },
    { path: "/../deno.json" },
    { path: "/%2e%2e/deno.json" },
    { path: "/main.js/../../deno.json" },
    { path: "/.git/config" },
    { path: "/announce", method: "POST" },
    { path: "/scrape", method: "PUT" },
    { path: "/", method: "POST" },
  ]
) {
  Deno.test(`${method} ${path} is a plain 404`, async () => {
    await using page = await builtPage();
    const app = await TestApp.create({}, page.path);
    const response = await app.get(path, { method });
    assert.equal(response.status, 404);
    assert.match(response.headers.get("content-type") ?? "", /^text\/plain/);
    assert.equal(await response.text(), "404 Not Found\n");
  });
}

for (
  const { path, type, text } of [
    { path: "/", type: "text/html; charset=utf-8", text: "<!doctype html><title>Page</title>" },
    { path: "/index.html", type: "text/html; charset=utf-8", text: "<!doctype html><title>Page</title>" },
    {
      path: `/swarms/${"ab".repeat(20)}`,
      type: "text/html; charset=utf-8",
      text: "<!doctype html><title>Page</title>",
    },
    { path: "/main.js", type: "text/javascript; charset=utf-8", text: "console.log(1);" },
    { path: "/main.css", type: "text/css; charset=utf-8", text: "body {}" },
    { path: "/favicon.svg", type: "image/svg+xml", text: "<svg/>" },
  ]
) {
  Deno.test(`GET ${path.slice(0, 20)} serves the page's file, once for each build`, async () => {
    await using page = await builtPage();
    const app = await TestApp.create({}, page.path);
    const response = await app.get(path);
    assert.equal(response.status, 200);
    assert.equal(await response.text(), text);
    const { headers } = response;
    assert.equal(headers.get("content-type"), type);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    const policy = headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'self'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe/);

    const again = await app.get(path, { headers: { "if-none-match": headers.get("etag") ?? "" } });
    assert.equal(again.status, 304);
    assert.equal(await again.text(), "");
    const other = await app.get(path, { headers: { "if-none-match": '"other"' } });
    assert.equal(other.status, 200);
    await other.body?.cancel();
  });
}

Deno.test("the page has its style sheet inside, in the colours that the reader has chosen, and may have no other", async () => {
  await using dir = await builtPage();
  const html = '<!doctype html><html lang="en"><link rel="stylesheet" href="/main.css"></html>';
  await Deno.writeTextFile(dir.join("index.html"), html);
  const app = await TestApp.create({}, dir.path);
  const ask = async (cookie: string) => {
    const response = await app.get("/swarms/x", { headers: { cookie } });
    return { headers: response.headers, text: await response.text() };
  };
  const styled = '<!doctype html><html lang="en"><style>body {}</style></html>';
  const { headers, text } = await ask("");
  assert.equal(text, styled);
  const hash = createHash("sha256").update("body {}").digest("base64");
  assert.ok(headers.get("content-security-policy")?.endsWith(`; style-src 'sha256-${hash}'`));
  assert.match(headers.get("vary") ?? "", /cookie/);
  const dark = await ask("a=b; seedling_theme=dark; c=d");
  assert.equal(dark.text, styled.replace("<html ", '<html data-theme="dark" '));
  assert.notEqual(dark.headers.get("etag"), headers.get("etag"));
  assert.match((await ask("seedling_theme=light")).text, /^<!doctype html><html data-theme="light" /);
  for (const cookie of ['seedling_theme="><script>', "seedling_theme=darker", "xseedling_theme=dark"]) {
    assert.equal((await ask(cookie)).text, styled, cookie);
  }
});

Deno.test("a page that another site may have opened is out of its hands", async () => {
  await using dir = await builtPage();
  const app = await TestApp.create({}, dir.path);
  const openerOf = async (headers: Record<string, string>) => {
    const response = await app.get("/", { headers });
    await response.body?.cancel();
    assert.match(response.headers.get("vary") ?? "", /sec-fetch-site/);
    return response.headers.get("cross-origin-opener-policy");
  };
  for (const site of ["cross-site", "same-site", "what comes next"]) {
    assert.equal(await openerOf({ "sec-fetch-site": site }), "same-origin", site);
  }
  assert.equal(await openerOf({}), "same-origin", "a browser that doesn't say");
  for (const site of ["none", "same-origin"]) {
    assert.equal(await openerOf({ "sec-fetch-site": site }), null, `${site}: nobody else has`);
  }
});

Deno.test("what is text and not short comes compressed where that is asked for", async () => {
  await using page = await builtPage();
  const script = "console.log(1);".repeat(100);
  await Deno.writeTextFile(page.join("main.js"), script);
  const app = await TestApp.create({}, page.path);
  const ask = (path: string, encoding: string) => app.get(path, { headers: { "accept-encoding": encoding } });
  const zipped = await ask("/main.js", "br, gzip");
  assert.equal(zipped.headers.get("content-encoding"), "gzip");
  const bytes = await zipped.bytes();
  assert.ok(bytes.length < 200);
  assert.equal(new TextDecoder().decode(gunzipSync(bytes)), script);
  for (const [path, encoding] of [["/main.js", "identity"], ["/favicon.svg", "gzip"]] as const) {
    const plain = await ask(path, encoding);
    assert.equal(plain.headers.get("content-encoding"), null);
    await plain.body?.cancel();
  }
});

Deno.test("HEAD answers as GET does, without a body", async () => {
  await using page = await builtPage();
  const app = await TestApp.create({}, page.path);
  const response = await app.get("/", { method: "HEAD" });
  assert.equal(response.status, 200);
  assert.equal(await response.text(), "");
});

Deno.test("without a build, / says how to make one", async () => {
  const app = await TestApp.create();
  const response = await app.get("/");
  assert.equal(response.status, 503);
  assert.match(response.headers.get("content-type") ?? "", /^text\/plain/);
  assert.match(await response.text(), /deno task admin:build/);
});
